/** Groups of another API server behind the hub: found, handed over, told who asks, and gone with their server. */
import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { createTestAuthority, type TestAuthority } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { group, type SampleServer, serveSample, version } from '../../support/sample-api-server.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openWholeHub, type WholeHub } from '../../support/whole-hub.ts';

const registrations = '/apis/apiregistration.k8s.io/v1/apiservices';
const name = `${version}.${group}`;
const flunders = (namespace: string): string => `/apis/${group}/${version}/namespaces/${namespace}/flunders`;

let hub: WholeHub;
let authority: TestAuthority;
let sample: SampleServer | undefined;

interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
  readonly json: any;
}

function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const all = { ...(body === undefined ? {} : { 'content-type': type }), ...headers };
    const { agent, ports } = hub;
    const sent = request({ agent, host: '127.0.0.1', port: ports['api'], method, path, headers: all }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => {
        const isJson = (answer.headers['content-type'] ?? '').includes('json');
        resolve({ status: answer.statusCode ?? 0, text, json: isJson ? JSON.parse(text) : undefined });
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function startSample(): Promise<SampleServer> {
  const { cert, key } = await authority.server('sample', ['sample.default.svc']);
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  await eventually('its account', async () => (await ask('GET', path.replace('/token', ''))).status === 200);
  const kind = 'TokenRequest';
  const { json } = await ask('POST', path, { apiVersion: 'authentication.k8s.io/v1', kind, spec: {} });
  const url = `https://127.0.0.1:${hub.ports['api']}`;
  return serveSample({ port: 0, cert, key, hub: { url, ca: hub.ca, token: json.status.token } });
}

async function bind(kind: 'ClusterRole' | 'Role', role: string): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const isRole = kind === 'Role';
  const path = isRole ? `${rbac}/namespaces/kube-system/rolebindings` : `${rbac}/clusterrolebindings`;
  const { status, text } = await ask('POST', path, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: isRole ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata: { name: 'sample' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  });
  assert.equal(status, 201, text);
}

async function condition(of = name): Promise<string> {
  const { json } = await ask('GET', `${registrations}/${of}`);
  const found = json.status?.conditions?.[0];
  return `${found?.status ?? ''} ${found?.reason ?? ''}`;
}

const flunder = (called: string): object => ({
  apiVersion: `${group}/${version}`,
  kind: 'Flunder',
  metadata: { name: called },
});

describe('API aggregation', () => {
  const cleanups: (() => unknown)[] = [];
  before(async () => {
    const dir = tempDir({ after: (run: () => unknown) => void cleanups.push(run) } as never, 'coracle-aggregation-');
    hub = await openWholeHub(dir);
    authority = await createTestAuthority();
    await bind('Role', 'extension-apiserver-authentication-reader');
    await bind('ClusterRole', 'system:auth-delegator');
    sample = await startSample();
    const service = { type: 'ExternalName', externalName: 'localhost' };
    await ask('POST', '/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'sample' },
      spec: service,
    });
    const made = await ask('POST', registrations, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name },
      spec: {
        group,
        version,
        groupPriorityMinimum: 2000,
        versionPriority: 200,
        service: { namespace: 'default', name: 'sample', port: sample.port },
        caBundle: Buffer.from(authority.ca).toString('base64'),
      },
    });
    assert.equal(made.status, 201, made.text);
    await eventually('the server is found', async () => (await condition()) === 'True Passed');
  });
  after(async () => {
    sample?.close();
    await hub?.stop();
    for (const run of cleanups) await run();
  });

  it('keeps an APIService for every group version of its own', async () => {
    const { json } = await ask('GET', registrations);
    const names = new Map<string, { metadata: { labels?: object }; spec: object }>(
      json.items.map((one: { metadata: { name: string } }) => [one.metadata.name, one]),
    );
    assert.ok(!names.has('v1.apiregistration.k8s.io'));
    assert.deepEqual(names.get('v1.apps')?.metadata.labels, { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' });
    assert.deepEqual(names.get('v1.apps')?.spec, {
      group: 'apps',
      groupPriorityMinimum: 17_800,
      version: 'v1',
      versionPriority: 15,
    });
    assert.equal(await condition('v1.'), 'True Local');
  });

  it('tells of the group in every form of discovery', async () => {
    const { json } = await ask('GET', '/apis');
    const names = json.groups.map((one: { name: string }) => one.name);
    assert.ok(names.indexOf(group) > names.indexOf('storagemigration.k8s.io'));
    assert.ok(names.indexOf(group) < names.indexOf('metrics.k8s.io'));
    assert.equal((await ask('GET', `/apis/${group}`)).json.preferredVersion.version, version);
    assert.equal((await ask('GET', `/apis/${group}/${version}`)).json.resources[0].name, 'flunders');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { items } = (await ask('GET', '/apis', undefined, { accept })).json;
    const found = items.find((one: { metadata: { name?: string } }) => one.metadata.name === group);
    assert.deepEqual(found.versions, [
      {
        version,
        resources: [
          {
            resource: 'flunders',
            responseKind: { group, version, kind: 'Flunder' },
            scope: 'Namespaced',
            singularResource: 'flunder',
            verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
          },
        ],
        freshness: 'Current',
      },
    ]);
  });

  it('says who asks, and lets nobody else say it', async () => {
    const forged = { 'x-remote-user': 'mallory', 'x-remote-group': 'system:masters', 'x-remote-extra-a': 'b' };
    const made = await ask('POST', flunders('default'), flunder('one'), forged);
    assert.equal(made.status, 201, made.text);
    assert.equal(made.json.metadata.annotations['created-by'], 'coracle-admin');
    assert.equal(made.json.metadata.annotations.groups, 'system:masters,system:authenticated');
    const ann = { 'impersonate-user': 'ann' };
    const refused = await ask('GET', flunders('default'), undefined, ann);
    assert.equal(refused.status, 403);
    const patched = await ask('PATCH', `${flunders('default')}/one`, { spec: { size: 2 } });
    assert.equal(patched.json.spec.size, 2);
    assert.equal((await ask('DELETE', `${flunders('default')}/one`)).status, 200);
    assert.equal((await ask('GET', `${flunders('default')}/one`)).status, 404);
  });

  it('passes watches and upgraded connections on', async () => {
    const events: { type: string; object: { metadata: { name: string } } }[] = [];
    const { agent, ports } = hub;
    const about = { agent, host: '127.0.0.1', port: ports['api'] };
    const watching = request({ ...about, path: `${flunders('default')}?watch=true` }, (answer) =>
      answer.on('data', (chunk: Buffer) => events.push(JSON.parse(chunk.toString()))).on('error', () => {}),
    );
    watching.on('error', () => {});
    const begun = new Promise((resolve) => watching.once('response', resolve));
    watching.end();
    await begun;
    await ask('POST', flunders('default'), flunder('two'));
    await eventually('the event', () => events.length > 0);
    watching.destroy();
    assert.deepEqual([events[0]?.type, events[0]?.object.metadata.name], ['ADDED', 'two']);

    const session = connect(`https://127.0.0.1:${ports['api']}`, { ...agent.options, ALPNProtocols: ['h2'] } as object);
    const stream = session.request({ ':path': `${flunders('default')}?watch=true` });
    let seen = '';
    stream.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await eventually('the same over HTTP/2', () => seen.includes('"two"'));
    const posted = session.request({ ':path': flunders('default'), ':method': 'POST' });
    posted.end(JSON.stringify(flunder('over-http2')));
    await eventually('what was made over HTTP/2', () => seen.includes('"over-http2"'));
    session.destroy();

    const headers = { Connection: 'Upgrade', Upgrade: 'echo' };
    const upgrading = request({
      ...about,
      agent: false,
      ...agent.options,
      path: `${flunders('default')}/two`,
      headers,
    });
    const echoed = new Promise<string>((resolve, reject) => {
      upgrading.once('error', reject);
      upgrading.once('upgrade', (_answer, socket) => {
        socket.once('data', (chunk: Buffer) => {
          resolve(chunk.toString());
          socket.destroy();
        });
        socket.write('hello');
      });
    });
    upgrading.end();
    assert.equal(await echoed, 'hello');
  });

  it('merges the descriptions', async () => {
    const { json } = await ask('GET', '/openapi/v3');
    assert.ok(json.paths[`apis/${group}/${version}`]?.serverRelativeURL.includes(group));
    const own = await ask('GET', json.paths[`apis/${group}/${version}`].serverRelativeURL);
    assert.ok(own.json.components.schemas['com.example.wardle.v1alpha1.Flunder']);
    const whole = await ask('GET', '/openapi/v2');
    assert.ok(whole.json.definitions['com.example.wardle.v1alpha1.Flunder']);
    assert.ok(whole.json.paths['/api/v1/pods']);
  });

  it('empties namespaces there, and keeps them while nobody can say what they have', async () => {
    const namespace = '/api/v1/namespaces/ending';
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } };
    await ask('POST', '/api/v1/namespaces', body);
    await ask('POST', flunders('ending'), flunder('three'));
    await ask('DELETE', namespace);
    await eventually('it is gone', async () => (await ask('GET', namespace)).status === 404);
    assert.equal((await ask('GET', flunders('ending'))).json.items.length, 0);

    await ask('DELETE', '/api/v1/namespaces/default/services/sample');
    await eventually('its server is missed', async () => (await condition()) === 'False ServiceNotFound');
    const refused = await ask('GET', flunders('default'));
    assert.deepEqual([refused.status, refused.text], [503, 'service unavailable\n']);
    assert.ok((await ask('GET', '/metrics')).text.includes(`aggregator_unavailable_apiservice{name="${name}"} 1`));
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { items } = (await ask('GET', '/apis', undefined, { accept })).json;
    const found = items.find((one: { metadata: { name?: string } }) => one.metadata.name === group);
    assert.deepEqual(found.versions, [{ version, freshness: 'Stale' }]);
    await ask('POST', '/api/v1/namespaces', body);
    await ask('DELETE', namespace);
    type Said = { type: string; status: string; message: string };
    const said = await eventually('why it stays', async () => {
      const { json } = await ask('GET', namespace);
      return json.status?.conditions?.find((one: Said) => one.type === 'NamespaceDeletionDiscoveryFailure') as Said;
    });
    assert.equal(
      said.message,
      `Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: ${group}/${version}: stale GroupVersion discovery: ${group}/${version}`,
    );
    await ask('DELETE', `${registrations}/${name}`);
    await eventually('it is gone', async () => (await ask('GET', namespace)).status === 404);
    assert.equal((await ask('GET', `/apis/${group}`)).status, 404);
  });
});
