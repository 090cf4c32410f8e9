/** The audit log of a running hub: who asked what, how it ended, and no more of it than the policy says. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openWholeHub, type WholeHub } from '../../support/whole-hub.ts';

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - {level: None, users: ['system:apiserver']}
  - {level: Metadata, resources: [{group: '', resources: [secrets]}]}
  - {level: RequestResponse, omitManagedFields: true, omitStages: [RequestReceived], namespaces: [default]}
  - {level: Metadata}
`;

// biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
type Event = any;

describe('the audit log', () => {
  const cleanups: (() => unknown)[] = [];
  let hub: WholeHub;
  let file: string;

  interface Answer {
    readonly status: number;
    readonly id: string;
  }

  function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const isPatch = method === 'PATCH';
      const type = isPatch ? 'application/merge-patch+json' : 'application/json';
      const { agent, ports } = hub;
      const all = { 'content-type': type, 'user-agent': 'test', ...headers };
      const about = 'authorization' in all ? { agent: false as const, ca: hub.ca } : { agent };
      const sent = request(
        { ...about, host: '127.0.0.1', port: ports['api'], method, path, headers: all },
        (answer) => {
          answer.resume();
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, id: String(answer.headers['audit-id'] ?? '') }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  const eventsOf = (id: string): Event[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .filter((event) => event.auditID === id);

  /** All events of a request, once the last of them is there. */
  function events(id: string, last = 'ResponseComplete'): Promise<Event[]> {
    return eventually(`${last} of ${id}`, () => {
      const found = eventsOf(id);
      return found.at(-1)?.stage === last && found;
    });
  }

  before(async () => {
    const dir = tempDir({ after: (run: () => unknown) => void cleanups.push(run) } as never, 'coracle-audit-');
    const auditPolicyFile = join(dir, 'policy.yaml');
    writeFileSync(auditPolicyFile, policy);
    hub = await openWholeHub(dir, { auditPolicyFile });
    file = join(dir, 'hub', 'audit.log');
  });
  after(async () => {
    await hub?.stop();
    for (const run of cleanups) await run();
  });

  it('is its owner’s alone', () => assert.equal(statSync(file).mode & 0o777, 0o600));

  it('says who asked, what for, how that was decided and how it ended', async () => {
    const { id } = await ask('GET', '/api/v1/namespaces/kube-system/pods/none');
    const [received, complete] = await events(id);
    assert.equal(received.stage, 'RequestReceived');
    assert.equal(received.annotations, undefined);
    assert.equal(received.requestReceivedTimestamp, received.stageTimestamp);
    assert.match(complete.stageTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const { requestReceivedTimestamp: _, stageTimestamp: __, ...rest } = complete;
    assert.deepEqual(rest, {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: id,
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/kube-system/pods/none',
      verb: 'get',
      user: { username: 'coracle-admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test',
      objectRef: { resource: 'pods', namespace: 'kube-system', name: 'none', apiVersion: 'v1' },
      responseStatus: {
        metadata: {},
        status: 'Failure',
        message: 'pods "none" not found',
        reason: 'NotFound',
        details: { name: 'none', kind: 'pods' },
        code: 404,
      },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    });
  });

  it('tells of nothing inside a Secret, and of everything where it is asked to', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { password: 'hunter2' } };
    const kept = await ask('POST', '/api/v1/namespaces/default/secrets', secret);
    const hidden = (await events(kept.id)).at(-1);
    assert.equal(hidden.objectRef.name, 's');
    assert.deepEqual([hidden.requestObject, hidden.responseObject], [undefined, undefined]);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: 'b' } };
    const made = await ask('POST', '/api/v1/namespaces/default/configmaps', map);
    const whole = await events(made.id);
    assert.equal(whole.length, 1);
    assert.deepEqual(whole[0].requestObject.data, { a: 'b' });
    assert.match(whole[0].responseObject.metadata.uid, /-/);
    assert.equal(whole[0].responseObject.metadata.managedFields, undefined);
    const patched = await ask('PATCH', '/api/v1/namespaces/default/configmaps/m', { data: { c: 'd' } });
    assert.deepEqual((await events(patched.id))[0].requestObject, { data: { c: 'd' } });
    const listed = await ask('GET', '/api/v1/namespaces/default/configmaps');
    assert.equal((await events(listed.id))[0].responseObject.kind, 'ConfigMapList');
    assert.ok(!readFileSync(file, 'utf8').includes('hunter2'));
  });

  it('knows who acts as whom, and what was refused', async () => {
    const { id, status } = await ask('GET', '/api/v1/nodes', undefined, {
      'impersonate-user': 'ann',
      'audit-id': 'mine',
    });
    assert.deepEqual([status, id], [403, 'mine']);
    const last = (await events('mine')).at(-1);
    assert.equal(last.user.username, 'coracle-admin');
    assert.deepEqual(last.impersonatedUser, { username: 'ann', groups: ['system:authenticated'] });
    assert.equal(last.annotations['authorization.k8s.io/decision'], 'forbid');
    assert.equal(last.responseStatus.code, 403);
    const stranger = await ask('GET', '/api/v1/nodes', undefined, { authorization: 'Bearer nonsense' });
    assert.equal(stranger.status, 401);
    const [refused] = await events(stranger.id, 'ResponseStarted');
    assert.deepEqual(refused.responseStatus, {
      metadata: {},
      message: 'Authentication failed, attempted: bearer',
      code: 401,
    });
  });

  it('follows a watch from its beginning to its end, and notes what admission says', async () => {
    const { id } = await ask('GET', '/api/v1/namespaces/kube-system/pods?watch=true&timeoutSeconds=1');
    assert.deepEqual(
      (await events(id)).map((event) => [event.stage, event.verb, event.responseStatus?.code]),
      [
        ['RequestReceived', 'watch', undefined],
        ['ResponseStarted', 'watch', 200],
        ['ResponseComplete', 'watch', 200],
      ],
    );
    const labels = { 'pod-security.kubernetes.io/audit': 'baseline' };
    await ask('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'judged', labels },
    });
    await eventually('its account', async () => {
      const account = await ask('GET', '/api/v1/namespaces/judged/serviceaccounts/default');
      return account.status === 200;
    });
    const spec = { hostNetwork: true, containers: [{ name: 'c', image: 'i' }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
    const made = await ask('POST', '/api/v1/namespaces/judged/pods', pod);
    assert.equal(made.status, 201);
    const { annotations } = (await events(made.id)).at(-1);
    assert.equal(annotations['pod-security.kubernetes.io/enforce-policy'], 'privileged:latest');
    assert.match(
      annotations['pod-security.kubernetes.io/audit-violations'],
      /^would violate PodSecurity "baseline:latest": host/,
    );
    const old = await ask('GET', '/api/v1/namespaces/judged/endpoints');
    assert.equal((await events(old.id)).at(-1).annotations['k8s.io/deprecated'], 'true');
  });
});

it('a hub does not start with a policy it does not understand', async (t) => {
  const dir = tempDir(t, 'coracle-audit-');
  const auditPolicyFile = join(dir, 'policy.yaml');
  writeFileSync(auditPolicyFile, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: All}]\n');
  await assert.rejects(
    openWholeHub(dir, { auditPolicyFile }),
    /audit policy .*policy\.yaml: rules\[0\]\.level: must be one of/,
  );
});
