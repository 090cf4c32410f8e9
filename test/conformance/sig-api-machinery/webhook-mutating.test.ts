/** Mutating webhooks: what they change is stored, pruned and with defaults, in the order they are asked. */
import assert from 'node:assert/strict';
import { define, definitions, isEstablished } from '../custom.ts';
import { core, pod } from '../objects.ts';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';
import {
  change,
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

const stage = (number: number): object => ({ op: 'add', path: `/data/mutation-stage-${number}`, value: 'yes' });

/** Adds a key once another one is there. */
const first: Judge = ({ object }) => (object.data?.['mutation-start'] === 'yes' ? change(stage(1)) : undefined);
const second: Judge = ({ object }) => (object.data?.['mutation-stage-1'] === 'yes' ? change(stage(2)) : undefined);
const begin = { 'mutation-start': 'yes' };
const once = { 'mutation-start': 'yes', 'mutation-stage-1': 'yes' };
const both = { ...once, 'mutation-stage-2': 'yes' };

const becomes =
  (data: Record<string, string>) =>
  ({ body }: { body: ApiObject }): boolean =>
    JSON.stringify(Object.entries(body['data'] ?? {}).sort()) === JSON.stringify(Object.entries(data).sort());

conformance('[sig-api-machinery] webhook.go: mutate configmap in order', async (cluster) => {
  const server = await webhookServer(cluster, { '/first': first, '/second': second });
  const rules = [ruleFor('configmaps')];
  // names decide about the order, not when they were made
  await configure(cluster, 'mutating', [hookOf(cluster, 'second', server.at('/second'), rules)], {
    name: `${cluster.namespace}-b`,
  });
  await configure(cluster, 'mutating', [hookOf(cluster, 'first', server.at('/first'), rules)], {
    name: `${cluster.namespace}-a`,
  });
  await untilConfigMap(cluster, becomes(both), begin);
  assert.equal((await createConfigMap(cluster, 'stored', begin)).status, 201);
  assert.deepEqual((await cluster.ok('GET', core(cluster, 'configmaps', 'stored')))['data'], both);
});

conformance('[sig-api-machinery] webhook.go: list mutating webhooks', async (cluster) => {
  const { api, items, namespace } = cluster;
  const server = await webhookServer(cluster, { '/first': first });
  const labels = { 'e2e-list': namespace };
  const hook = hookOf(cluster, 'first', server.at('/first'), [ruleFor('configmaps')]);
  const names = Array.from({ length: 10 }, (_, index) => `${namespace}-${index}`);
  for (const name of names) await configure(cluster, 'mutating', [hook], { name, labels });
  const selected = `${configurations.mutating}?labelSelector=e2e-list%3D${namespace}`;
  assert.equal((await items(selected)).length, 10);
  await untilConfigMap(cluster, becomes(once), begin);
  assert.equal((await api('DELETE', selected)).status, 200);
  assert.equal((await items(selected)).length, 0);
  await untilConfigMap(cluster, becomes(begin), begin);
});

conformance('[sig-api-machinery] webhook.go: patch/update mutating webhook', async (cluster) => {
  const { ok, patch, namespace } = cluster;
  const server = await webhookServer(cluster, { '/first': first });
  await configure(cluster, 'mutating', [hookOf(cluster, 'first', server.at('/first'), [ruleFor('configmaps')])]);
  await untilConfigMap(cluster, becomes(once), begin);
  const path = `${configurations.mutating}/${namespace}`;
  const current = await ok('GET', path);
  current['webhooks'][0].rules[0].operations = ['UPDATE'];
  await ok('PUT', path, current);
  await untilConfigMap(cluster, becomes(begin), begin);
  await patch('json', path, [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }]);
  await untilConfigMap(cluster, becomes(once), begin);
});

conformance('[sig-api-machinery] webhook.go: mutate everything except skip-me', async (cluster) => {
  const server = await webhookServer(cluster, { '/first': first });
  const matchConditions = [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }];
  await configure(cluster, 'mutating', [
    hookOf(cluster, 'first', server.at('/first'), [ruleFor('configmaps')], { matchConditions }),
  ]);
  await untilConfigMap(cluster, becomes(once), begin);
  assert.ok(becomes(begin)(await createConfigMap(cluster, 'skip-me', begin)));
  assert.ok(becomes(once)(await createConfigMap(cluster, 'not-skipped', begin)));
});

conformance('[sig-api-machinery] webhook.go: mutate pod then default', async (cluster) => {
  const init = { image: 'webhook-added-image', name: 'webhook-added-init-container', resources: {} };
  const server = await webhookServer(cluster, {
    '/pods': () => change({ op: 'add', path: '/spec/initContainers', value: [init] }),
  });
  await configure(cluster, 'mutating', [hookOf(cluster, 'pods', server.at('/pods'), [ruleFor('pods')])]);
  await cluster.ok('POST', core(cluster, 'pods'), pod('mutated'));
  const { spec } = await cluster.ok('GET', core(cluster, 'pods', 'mutated'));
  assert.equal(spec.initContainers.length, 1);
  const [added] = spec.initContainers;
  assert.equal(added.name, init.name);
  assert.equal(added.terminationMessagePolicy, 'File');
  assert.equal(added.terminationMessagePath, '/dev/termination-log');
  assert.equal(added.imagePullPolicy, 'Always');
  // what admission adds to containers it adds to those of webhooks too
  assert.equal(added.volumeMounts[0].mountPath, '/var/run/secrets/kubernetes.io/serviceaccount');
});

/** A pair of webhooks about a custom kind. */
async function changeCustom(cluster: Cluster, { plural, group }: { plural: string; group: string }): Promise<void> {
  const server = await webhookServer(cluster, { '/first': first, '/second': second });
  const rules = [ruleFor(plural, ['CREATE', 'UPDATE'], group)];
  await configure(cluster, 'mutating', [
    hookOf(cluster, 'first', server.at('/first'), rules),
    hookOf(cluster, 'second', server.at('/second'), rules),
  ]);
}

conformance('[sig-api-machinery] webhook.go: mutate custom resource', async (cluster) => {
  const boats = await define(cluster);
  await changeCustom(cluster, boats);
  await cluster.ok('POST', boats.path(), boats.object('one', { data: begin }));
  assert.deepEqual((await cluster.ok('GET', `${boats.path()}/one`))['data'], both);
});

conformance('[sig-api-machinery] webhook.go: mutate CR with pruning', async (cluster) => {
  const text = { type: 'string' };
  const properties = { data: { type: 'object', properties: { 'mutation-start': text, 'mutation-stage-1': text } } };
  const boats = await define(cluster, { versions: [{ name: 'v1', schema: { type: 'object', properties } }] });
  await changeCustom(cluster, boats);
  await cluster.ok('POST', boats.path(), boats.object('one', { data: begin }));
  assert.deepEqual((await cluster.ok('GET', `${boats.path()}/one`))['data'], once);
});

conformance('[sig-api-machinery] webhook.go: mutate CR with different stored version', async (cluster) => {
  const { ok, patch } = cluster;
  const boats = await define(cluster, { versions: [{ name: 'v1', storage: true }, { name: 'v2' }] });
  await changeCustom(cluster, boats);
  await ok('POST', boats.path('v1'), boats.object('one', { data: begin }));
  await patch('json', `${definitions}/${boats.name}`, [
    { op: 'replace', path: '/spec/versions/0/storage', value: false },
    { op: 'replace', path: '/spec/versions/1/storage', value: true },
  ]);
  await cluster.eventually(`${definitions}/${boats.name}`, isEstablished);
  await patch('merge', `${boats.path('v1')}/one`, { data: { dummy: 'test' } });
  const wanted = { ...both, dummy: 'test' };
  assert.deepEqual((await ok('GET', `${boats.path('v1')}/one`))['data'], wanted);
  assert.deepEqual((await ok('GET', `${boats.path('v2')}/one`))['data'], wanted);
});

conformance('[sig-api-machinery] webhook.go: webhook configs are exempt', async (cluster) => {
  const { ok, namespace } = cluster;
  const server = await webhookServer(cluster, {
    '/deny': () => deny('no configuration goes or comes'),
    '/change': () => change({ op: 'add', path: '/metadata/labels', value: { added: 'by-webhook' } }),
  });
  const rule = {
    apiGroups: ['admissionregistration.k8s.io'],
    apiVersions: ['*'],
    operations: ['*'],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
  };
  const everywhere = { namespaceSelector: {} };
  const named = (name: string): { name: string } => ({ name: `${namespace}-${name}` });
  const denying = [hookOf(cluster, 'deny', server.at('/deny'), [rule], everywhere)];
  const changing = [hookOf(cluster, 'change', server.at('/change'), [rule], everywhere)];
  await configure(cluster, 'validating', denying, named('deny'));
  await configure(cluster, 'mutating', changing, named('change'));
  const idle = [hookOf(cluster, 'idle', server.at('/idle'), [ruleFor('nothings', ['CREATE'], 'example.com')])];
  for (const which of ['validating', 'mutating'] as const) {
    const { metadata } = await configure(cluster, which, idle, named('idle'));
    assert.equal(metadata.labels?.['added'], undefined);
    await ok('DELETE', `${configurations[which]}/${namespace}-idle`);
  }
  assert.deepEqual([...server.asked.values()].flat(), []);
});
