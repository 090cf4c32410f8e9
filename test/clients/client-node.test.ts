/** `@kubernetes/client-node`: objects of all kinds, lists, watches, informers that come back, patches, server-side apply. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ApiException,
  ApiextensionsV1Api,
  AppsV1Api,
  AuthorizationV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { ground } from './ground.ts';

const statusOf = (error: unknown): number => (error instanceof ApiException ? error.code : 0);

test('objects are created, read, listed in pages, replaced, patched in four ways, and deleted', async (t) => {
  const { namespace, config } = await ground(t);
  const core = config.makeApiClient(CoreV1Api);
  for (const name of ['a', 'b', 'c']) {
    const made = await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name, labels: { x: 'y' } }, data: { k: name } },
    });
    assert.equal(made.metadata?.creationTimestamp instanceof Date, true);
  }
  const first = await core.listNamespacedConfigMap({ namespace, labelSelector: 'x=y', limit: 2 });
  assert.deepEqual(
    [first.items.map(({ data }) => data?.['k']), first.metadata?.remainingItemCount],
    [['a', 'b'], undefined],
  );
  const rest = await core.listNamespacedConfigMap({
    namespace,
    labelSelector: 'x=y',
    limit: 2,
    _continue: first.metadata?._continue ?? '',
  });
  assert.deepEqual(
    rest.items.map(({ data }) => data?.['k']),
    ['c'],
  );
  const read = await core.readNamespacedConfigMap({ namespace, name: 'a' });
  read.data = { k: 'replaced' };
  await core.replaceNamespacedConfigMap({ namespace, name: 'a', body: read });
  const stale = await core.replaceNamespacedConfigMap({ namespace, name: 'a', body: read }).catch(statusOf);
  assert.equal(stale, 409);
  const patch = (type: string, body: object): Promise<V1ConfigMap> =>
    core.patchNamespacedConfigMap({ namespace, name: 'a', body }, setHeaderOptions('Content-Type', type));
  await patch(PatchStrategy.JsonPatch, [{ op: 'add', path: '/data/json', value: '1' }]);
  await patch(PatchStrategy.MergePatch, { data: { merge: '1', k: null } });
  const last = await patch(PatchStrategy.StrategicMergePatch, { data: { strategic: '1' } });
  assert.deepEqual(last.data, { json: '1', merge: '1', strategic: '1' });
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
  assert.equal(await core.readNamespacedConfigMap({ namespace, name: 'a' }).catch(statusOf), 404);
  await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'x=y' });
  assert.deepEqual((await core.listNamespacedConfigMap({ namespace, labelSelector: 'x=y' })).items, []);
  const { minor } = await config.makeApiClient(VersionApi).getCode();
  assert.equal(minor, '36');
});

test('server-side apply owns fields, tells conflicts, and takes by force', async (t) => {
  const { namespace, config } = await ground(t);
  const core = config.makeApiClient(CoreV1Api);
  const apply = (fieldManager: string, value: string, force = false): Promise<V1ConfigMap> =>
    core.patchNamespacedConfigMap(
      {
        namespace,
        name: 'm',
        fieldManager,
        force,
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { k: value } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
  await apply('one', '1');
  assert.equal(await apply('two', '2').catch(statusOf), 409);
  const taken = await apply('two', '2', true);
  assert.deepEqual(taken.data, { k: '2' });
  assert.deepEqual(
    taken.metadata?.managedFields?.map(({ manager, operation }) => [manager, operation]),
    [['two', 'Apply']],
  );
});

test('a client that knows no kinds finds them by discovery: KubernetesObjectApi', async (t) => {
  const { namespace, config } = await ground(t);
  const objects = KubernetesObjectApi.makeApiClient(config);
  const header = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace } };
  const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await objects.create({
    ...header,
    spec: { replicas: 0, selector: { matchLabels: { app: 'd' } }, template },
  } as object as typeof header);
  await objects.patch(
    { ...header, metadata: { ...header.metadata, labels: { l: '1' } } },
    undefined,
    undefined,
    undefined,
    undefined,
    PatchStrategy.MergePatch,
  );
  const read = await objects.read(header);
  assert.equal((read.metadata as { labels?: Record<string, string> }).labels?.['l'], '1');
  const { items } = await objects.list('apps/v1', 'Deployment', namespace);
  assert.deepEqual(
    items.map(({ metadata }) => metadata?.name),
    ['d'],
  );
  await objects.delete(header);
  assert.deepEqual((await config.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace })).items, []);
});

test('custom resources are defined, established and used', async (t) => {
  const { namespace, config } = await ground(t);
  const group = `${namespace}.example.org`;
  const definitions = config.makeApiClient(ApiextensionsV1Api);
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    },
  };
  const names = { plural: 'boats', singular: 'boat', kind: 'Boat' };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const name = `boats.${group}`;
  await definitions.createCustomResourceDefinition({
    body: { metadata: { name }, spec: { group, scope: 'Namespaced', names, versions } },
  });
  t.after(() => definitions.deleteCustomResourceDefinition({ name }));
  await eventually('it to be established', async () => {
    const { status } = await definitions.readCustomResourceDefinition({ name });
    return status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True');
  });
  const custom = config.makeApiClient(CustomObjectsApi);
  const where = { group, version: 'v1', namespace, plural: 'boats' };
  await custom.createNamespacedCustomObject({
    ...where,
    body: { apiVersion: `${group}/v1`, kind: 'Boat', metadata: { name: 'b' }, spec: { size: 1 } },
  });
  await custom.patchNamespacedCustomObject(
    { ...where, name: 'b', body: { spec: { size: 2 } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
  const boat = await custom.getNamespacedCustomObject({ ...where, name: 'b' });
  assert.equal(boat.spec.size, 2);
});

test('a watch tells changes, and a permission is asked for', async (t) => {
  const { namespace, config } = await ground(t);
  const core = config.makeApiClient(CoreV1Api);
  const seen: string[] = [];
  const { metadata } = await core.listNamespacedSecret({ namespace });
  const aborted = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/secrets`,
    { resourceVersion: metadata?.resourceVersion, allowWatchBookmarks: true },
    (type, object: { metadata: { name: string } }) => seen.push(`${type} ${object.metadata.name}`),
    () => {},
  );
  t.after(() => aborted.abort());
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 's' }, stringData: { k: 'v' } } });
  await core.deleteNamespacedSecret({ namespace, name: 's' });
  await eventually('both changes', () => seen.join() === 'ADDED s,DELETED s');
  const review = { spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace } } };
  const answer = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({ body: review });
  assert.equal(answer.status?.allowed, true);
});

test('an informer keeps a copy, comes back when its connection is cut, and when what it knew is too old', async (t) => {
  const { namespace, config } = await ground(t);
  const cluster = config.getCurrentCluster();
  assert.ok(cluster);
  const proxy = await startCuttingProxy(t, () => Number(new URL(cluster.server).port));
  const through = new KubeConfig();
  through.loadFromString(config.exportConfig().replaceAll(cluster.server, `https://127.0.0.1:${proxy.port}`));
  const distant = through.makeApiClient(CoreV1Api);
  const core = config.makeApiClient(CoreV1Api);
  const informer = makeInformer<V1ConfigMap>(
    through,
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => distant.listNamespacedConfigMap({ namespace, labelSelector: 'x=y' }),
    'x=y',
  );
  const seen: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, (one) => seen.push(`${verb} ${one.metadata?.name}`));
  let stopped = false;
  // what its documentation tells users to do
  informer.on('error', () => void setTimeout(() => void (stopped || informer.start()), 50));
  t.after(async () => {
    stopped = true;
    await informer.stop();
  });
  const make = (name: string): Promise<V1ConfigMap> =>
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { x: 'y' } } } });
  await make('a');
  await informer.start();
  await eventually('what was there', () => seen.includes('add a'));
  await make('b');
  await eventually('what came', () => seen.includes('add b'));
  proxy.cut();
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
  await make('c');
  await eventually(
    'what happened while it was away',
    () => seen.includes('delete a') && seen.includes('add c'),
    20_000,
  );
  assert.deepEqual(
    informer
      .list()
      .map(({ metadata }) => metadata?.name)
      .sort(),
    ['b', 'c'],
  );
  assert.equal(seen.filter((one) => one === 'add b').length, 1, seen.join());
});

test('a lease is taken by one of two, as leader election does', async (t) => {
  const { namespace, config } = await ground(t);
  const leases = config.makeApiClient(CoordinationV1Api);
  const lease = await leases.createNamespacedLease({
    namespace,
    body: { metadata: { name: 'leader' }, spec: { leaseDurationSeconds: 15 } },
  });
  const take = (holderIdentity: string): Promise<number> =>
    leases
      .replaceNamespacedLease({
        namespace,
        name: 'leader',
        body: { ...lease, spec: { ...lease.spec, holderIdentity } },
      })
      .then(() => 200, statusOf);
  assert.deepEqual((await Promise.all([take('one'), take('two')])).sort(), [200, 409]);
});
