/** Namespaces: their own fields, and what goes with them. */
import assert from 'node:assert/strict';
import { core, pod, runPod } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, createNamespace } from '../suite.ts';

const pathOf = (name: string): string => `/api/v1/namespaces/${name}`;

/** A second namespace, deleted with the test. */
async function another(cluster: Cluster): Promise<string> {
  const name = `${cluster.namespace}-other`;
  await createNamespace(cluster, name);
  cluster.after(() => cluster.api('DELETE', pathOf(name)));
  return name;
}

conformance('[sig-api-machinery] namespace.go: namespace patch', async (cluster) => {
  const path = pathOf(await another(cluster));
  await cluster.patch('strategic', path, { metadata: { labels: { testLabel: 'testValue' } } });
  assert.equal((await cluster.ok('GET', path)).metadata.labels?.['testLabel'], 'testValue');
});

conformance('[sig-api-machinery] namespace.go: namespace update', async (cluster) => {
  const path = pathOf(await another(cluster));
  const body = await cluster.ok('GET', path);
  body.metadata.labels = { ...body.metadata.labels, updated: 'yes' };
  assert.equal((await cluster.ok('PUT', path, body)).metadata.labels?.['updated'], 'yes');
  assert.equal((await cluster.ok('GET', path)).metadata.labels?.['updated'], 'yes');
});

conformance('[sig-api-machinery] namespace.go: namespace status', async (cluster) => {
  const path = `${pathOf(await another(cluster))}/status`;
  assert.equal((await cluster.ok('GET', path))['status'].phase, 'Active');
  const condition = (type: string): object => ({ type, status: 'True', reason: 'E2E', message: 'by a test' });
  const patched = await cluster.patch('merge', path, {
    metadata: { annotations: { patched: 'yes' } },
    status: { conditions: [condition('StatusPatch')] },
  });
  assert.equal(patched['status'].conditions[0].type, 'StatusPatch');
  assert.equal(patched.metadata.annotations?.['patched'], 'yes');
  patched['status'].conditions.push(condition('StatusUpdate'));
  const put = await cluster.ok('PUT', path, patched);
  assert.deepEqual(
    put['status'].conditions.map((one: { type: string }) => one.type),
    ['StatusPatch', 'StatusUpdate'],
  );
  assert.equal((await cluster.ok('GET', path))['status'].conditions.length, 2);
});

conformance('[sig-api-machinery] namespace.go: namespace finalizer', async (cluster) => {
  const path = pathOf(await another(cluster));
  const body = await cluster.ok('GET', path);
  body['spec'].finalizers.push('example.com/fake');
  await cluster.ok('PUT', `${path}/finalize`, body);
  const found = await cluster.ok('GET', path);
  assert.deepEqual(found['spec'].finalizers, ['kubernetes', 'example.com/fake']);
  found['spec'].finalizers = ['kubernetes'];
  await cluster.ok('PUT', `${path}/finalize`, found);
  assert.deepEqual((await cluster.ok('GET', path))['spec'].finalizers, ['kubernetes']);
});

/** Deletes a namespace that holds `object` and makes it again: it is empty. */
async function comesBackEmpty(cluster: Cluster, resource: string, object: ApiObject): Promise<void> {
  const namespace = await another(cluster);
  const there = { ...cluster, namespace };
  if (resource === 'pods') await runPod(there, object);
  else await cluster.ok('POST', core(there, resource), object);
  await cluster.ok('DELETE', pathOf(namespace));
  await cluster.gone(pathOf(namespace));
  await createNamespace(cluster, namespace);
  assert.deepEqual(await cluster.items(core(there, resource)), []);
}

conformance('[sig-api-machinery] namespace.go: namespace deletion removes pods', (cluster) =>
  comesBackEmpty(cluster, 'pods', pod('test-pod')),
);

conformance('[sig-api-machinery] namespace.go: namespace deletion removes services', (cluster) =>
  comesBackEmpty(cluster, 'services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'test-service' } as never,
    spec: { selector: { foo: 'bar' }, ports: [{ port: 80 }] },
  }),
);

conformance('[sig-api-machinery] namespace.go: ordered namespace deletion', async (cluster) => {
  const namespace = await another(cluster);
  const there = { ...cluster, namespace };
  const held = pod('held');
  held.metadata.finalizers = ['example.com/hold'];
  await runPod(there, held);
  await cluster.ok('POST', core(there, 'configmaps'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'sibling' },
    data: { key: 'value' },
  });
  await cluster.ok('DELETE', pathOf(namespace));
  await cluster.eventually(core(there, 'pods', 'held'), (one) => one.metadata.deletionTimestamp !== undefined);
  await cluster.eventually(pathOf(namespace), (one) =>
    (one['status'].conditions ?? []).some(
      (condition: { type: string; status: string }) =>
        condition.type === 'NamespaceContentRemaining' && condition.status === 'True',
    ),
  );
  assert.equal((await cluster.ok('GET', core(there, 'configmaps', 'sibling'))).metadata.deletionTimestamp, undefined);
  await cluster.patch('merge', core(there, 'pods', 'held'), { metadata: { finalizers: null } });
  await cluster.gone(core(there, 'configmaps', 'sibling'));
  await cluster.gone(pathOf(namespace));
});
