/** Validating webhooks: what they refuse is refused, with their words, and when they do not answer too. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { define, definitionOf, definitions } from '../custom.ts';
import { core, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance } from '../suite.ts';
import {
  configurations,
  configure,
  createConfigMap,
  deny,
  hookOf,
  type Judge,
  ruleFor,
  untilConfigMap,
  webhookServer,
} from '../webhooks.ts';

const unwanted = 'the object contains unwanted data';
const noBadData: Judge = ({ object, oldObject }) =>
  (object ?? oldObject)?.data?.['webhook-test'] === 'disallow' ? deny(unwanted) : undefined;
const bad = { 'webhook-test': 'disallow' };

function isRefused({ status, body }: { status: number; body: { [field: string]: unknown } }): boolean {
  return status === 400 && String(body['message']).includes(`denied the request: ${unwanted}`);
}

conformance('[sig-api-machinery] webhook.go: deny pod and configmap creation', async (cluster) => {
  const { api, ok, namespace } = cluster;
  const server = await webhookServer(cluster, {
    '/data': noBadData,
    '/pods': ({ object }) => (object.metadata.name === 'bad-pod' ? deny('this pod is not wanted') : undefined),
    '/hang': () => new Promise(() => {}),
  });
  const hangs = { objectSelector: { matchLabels: { hang: 'yes' } }, timeoutSeconds: 1 };
  await configure(cluster, 'validating', [
    hookOf(cluster, 'data', server.at('/data'), [ruleFor('configmaps', ['CREATE', 'UPDATE'])]),
    hookOf(cluster, 'pods', server.at('/pods'), [ruleFor('pods')]),
    hookOf(cluster, 'hang', server.at('/hang'), [ruleFor('pods')], hangs),
  ]);
  await untilConfigMap(cluster, isRefused, bad);
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const refused = await api('POST', pods, pod('bad-pod'));
  assert.equal(refused.status, 400);
  const name = `pods.${namespace}.example.com`;
  assert.equal(refused.body['message'], `admission webhook "${name}" denied the request: this pod is not wanted`);
  const hanging = await api('POST', pods, pod('hanging', podSpec(), { hang: 'yes' }));
  assert.equal(hanging.status, 500);
  assert.match(hanging.body['message'], /failed calling webhook .*\?timeout=1s": context deadline exceeded/);
  assert.equal((await api('GET', `${pods}/hanging`)).status, 404);
  await ok('POST', `${pods}?dryRun=All`, pod('good-pod'));

  assert.equal((await createConfigMap(cluster, 'good')).status, 201);
  const path = `/api/v1/namespaces/${namespace}/configmaps/good`;
  const good = await ok('GET', path);
  assert.ok(isRefused(await api('PUT', path, { ...good, data: bad })));
  const merge = { type: 'application/merge-patch+json' };
  assert.ok(isRefused(await api('PATCH', path, { data: bad }, merge)));

  const other = `${namespace}-exempt`;
  cluster.after(() => api('DELETE', `/api/v1/namespaces/${other}`));
  await ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } });
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'exempt' }, data: bad };
  await ok('POST', `/api/v1/namespaces/${other}/configmaps`, body);
});

conformance('[sig-api-machinery] webhook.go: deny attach', async (cluster) => {
  const { namespace, dataDir } = cluster;
  const server = await webhookServer(cluster, {
    '/attach': ({ operation, kind }) => deny(`no ${operation} with ${kind.kind}`),
  });
  await configure(cluster, 'validating', [
    hookOf(cluster, 'attach', server.at('/attach'), [ruleFor('pods/attach', ['CONNECT'])]),
  ]);
  await cluster.ok('POST', core(cluster, 'pods'), pod('attached'));
  await cluster.eventually(core(cluster, 'pods', 'attached'), ({ status }) => status?.phase === 'Running');
  const args = ['--kubeconfig', join(dataDir, 'kubeconfig'), '--namespace', namespace, 'attach', 'attached', '-i'];
  // not synchronous: this process is the webhook
  const said = await new Promise<string>((resolve) => {
    const options = { timeout: 60_000 };
    execFile('kubectl', args, options, (error, _, stderr) => resolve(error === null ? 'attached' : stderr));
  });
  const refusal = `admission webhook "attach.${namespace}.example.com" denied the request: no CONNECT with PodAttachOptions`;
  assert.ok(said.includes(refusal), said);
  const [asked] = server.asked.get('/attach') ?? [];
  assert.equal(asked?.['subResource'], 'attach');
  assert.equal(asked?.['name'], 'attached');
});

conformance('[sig-api-machinery] webhook.go: deny custom resource create/update/delete', async (cluster) => {
  const { api, ok, patch } = cluster;
  const boats = await define(cluster);
  const server = await webhookServer(cluster, { '/data': noBadData });
  await configure(cluster, 'validating', [
    hookOf(cluster, 'boats', server.at('/data'), [ruleFor(boats.plural, ['CREATE', 'UPDATE', 'DELETE'], boats.group)]),
  ]);
  assert.ok(isRefused(await api('POST', boats.path(), boats.object('bad', { data: bad }))));
  const one = `${boats.path()}/one`;
  const made = await ok('POST', boats.path(), boats.object('one', { data: { 'webhook-test': 'fine' } }));
  assert.ok(isRefused(await api('PUT', one, { ...made, data: bad })));
  // what is there already and bad cannot even go
  await ok('PATCH', `${configurations.validating}/${cluster.namespace}`, operations(['DELETE']), jsonPatch);
  await patch('merge', one, { data: bad });
  assert.ok(isRefused(await api('DELETE', one)));
  await patch('merge', one, { data: { 'webhook-test': null } });
  await ok('DELETE', one);
});

const jsonPatch = { type: 'application/json-patch+json' };

function operations(value: readonly string[]): object[] {
  return [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value }];
}

conformance('[sig-api-machinery] webhook.go: deny CRD creation', async (cluster) => {
  const { api, namespace } = cluster;
  const server = await webhookServer(cluster, { '/crd': () => deny('this definition is not wanted') });
  await configure(cluster, 'validating', [
    hookOf(
      cluster,
      'crd',
      server.at('/crd'),
      [ruleFor('customresourcedefinitions', ['CREATE'], 'apiextensions.k8s.io')],
      { objectSelector: { matchLabels: { unwanted: namespace } } },
    ),
  ]);
  const { body, defined } = definitionOf(cluster, { labels: { unwanted: namespace } });
  cluster.after(() => api('DELETE', `${definitions}/${defined.name}`));
  const refused = await api('POST', definitions, body);
  assert.equal(
    refused.body['message'],
    `admission webhook "crd.${namespace}.example.com" denied the request: this definition is not wanted`,
  );
  assert.equal((await api('GET', `${definitions}/${defined.name}`)).status, 404);
});

conformance('[sig-api-machinery] webhook.go: list validating webhooks', async (cluster) => {
  const { api, items, namespace } = cluster;
  const server = await webhookServer(cluster, { '/data': noBadData });
  const labels = { 'e2e-list': namespace };
  const hook = hookOf(cluster, 'data', server.at('/data'), [ruleFor('configmaps')]);
  const names = Array.from({ length: 10 }, (_, index) => `${namespace}-${index}`);
  for (const name of names) await configure(cluster, 'validating', [hook], { name, labels });
  const selected = `${configurations.validating}?labelSelector=e2e-list%3D${namespace}`;
  assert.equal((await items(selected)).length, 10);
  await untilConfigMap(cluster, isRefused, bad);
  assert.equal((await api('DELETE', selected)).status, 200);
  assert.equal((await items(selected)).length, 0);
  await untilConfigMap(cluster, ({ status }) => status === 201, bad);
});

conformance('[sig-api-machinery] webhook.go: patch/update validating webhook', async (cluster) => {
  const { ok, patch, namespace } = cluster;
  const server = await webhookServer(cluster, { '/data': noBadData });
  await configure(cluster, 'validating', [hookOf(cluster, 'data', server.at('/data'), [ruleFor('configmaps')])]);
  await untilConfigMap(cluster, isRefused, bad);
  const path = `${configurations.validating}/${namespace}`;
  const current = await ok('GET', path);
  current['webhooks'][0].rules[0].operations = ['UPDATE'];
  await ok('PUT', path, current);
  await untilConfigMap(cluster, ({ status }) => status === 201, bad);
  await patch('json', path, operations(['CREATE']));
  await untilConfigMap(cluster, isRefused, bad);
});

/** How a ConfigMap fares with a webhook that takes five seconds. */
async function withSlow(cluster: Cluster, client: object, more: object): Promise<{ status: number; message: string }> {
  await configure(cluster, 'validating', [hookOf(cluster, 'slow', client, [ruleFor('configmaps')], more)]);
  const { status, body } = await createConfigMap(cluster, `slow-${Date.now()}`);
  await cluster.ok('DELETE', `${configurations.validating}/${cluster.namespace}`);
  return { status, message: String(body['message']) };
}

conformance('[sig-api-machinery] webhook.go: honor timeout', async (cluster) => {
  const slow: Judge = () => new Promise((resolve) => setTimeout(() => resolve(undefined), 5000));
  const server = await webhookServer(cluster, { '/slow': slow });
  const client = server.at('/slow');
  const failing = await withSlow(cluster, client, { timeoutSeconds: 1, failurePolicy: 'Fail' });
  assert.equal(failing.status, 500);
  assert.match(failing.message, /failed to call webhook: Post .*\/slow\?timeout=1s": context deadline exceeded$/);
  assert.equal((await withSlow(cluster, client, { timeoutSeconds: 1, failurePolicy: 'Ignore' })).status, 201);
  assert.equal((await withSlow(cluster, client, { timeoutSeconds: 10, failurePolicy: 'Fail' })).status, 201);
  assert.equal((await withSlow(cluster, client, { failurePolicy: 'Fail' })).status, 201);
});

conformance('[sig-api-machinery] webhook.go: fail closed', async (cluster) => {
  const server = await webhookServer(cluster, { '/data': noBadData });
  const { url } = server.at('/data');
  await configure(cluster, 'validating', [hookOf(cluster, 'closed', { url }, [ruleFor('configmaps')])]);
  for (const name of ['one', 'two']) {
    const { status, body } = await createConfigMap(cluster, name);
    assert.equal(status, 500);
    assert.equal(body['reason'], 'InternalError');
    assert.match(body['message'], /failed calling webhook "closed\./);
  }
  assert.equal(server.asked.get('/data')?.length, 0);
});
