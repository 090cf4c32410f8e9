/** LimitRanges: defaults for containers, and bounds. */
import assert from 'node:assert/strict';
import { container, core, pod, podSpec } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, createNamespace, until } from '../suite.ts';

type Amounts = Record<string, string>;

interface Bounds {
  min: Amounts;
  max: Amounts;
  default: Amounts;
  defaultRequest: Amounts;
}

const amounts = (cpu: string, memory: string, storage: string): Amounts => ({
  cpu,
  memory,
  'ephemeral-storage': storage,
});
const bounds: Bounds = {
  min: amounts('50m', '100Mi', '100Gi'),
  max: amounts('500m', '500Mi', '500Gi'),
  default: amounts('500m', '500Mi', '500Gi'),
  defaultRequest: amounts('100m', '200Mi', '200Gi'),
};

function limitRange(name: string, limits: Bounds, labels: Record<string, string> = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name, labels } as never,
    spec: { limits: [{ type: 'Container', ...limits }] },
  };
}

/** A Pod that fits no node: what admission made of it is what counts. */
function asking(name: string, requests: Amounts, limits: Amounts): ApiObject {
  const containers = [container(undefined, { resources: { requests, limits } })];
  return pod(name, podSpec(undefined, { nodeSelector: { nowhere: 'yes' }, containers }));
}

async function resourcesOf(cluster: Cluster, wanted: ApiObject): Promise<{ requests: Amounts; limits: Amounts }> {
  return (await cluster.ok('POST', core(cluster, 'pods'), wanted))['spec'].containers[0].resources;
}

async function refused(cluster: Cluster, wanted: ApiObject): Promise<void> {
  const { status, body } = await cluster.api('POST', core(cluster, 'pods'), wanted);
  assert.equal(status, 403);
  assert.equal(body['reason'], 'Forbidden');
}

conformance('[sig-scheduling] limit_range.go: LimitRange defaults', async (cluster) => {
  const { ok } = cluster;
  const path = core(cluster, 'limitranges', 'limit-range');
  const watch = await cluster.watch(`${core(cluster, 'limitranges')}?watch=true`);
  await ok('POST', core(cluster, 'limitranges'), limitRange('limit-range', bounds));
  await until(() => watch.events[0]?.type === 'ADDED');
  assert.deepEqual((await ok('GET', path))['spec'].limits[0].max, bounds.max);

  const none = await resourcesOf(cluster, asking('none', {}, {}));
  assert.deepEqual(none, { requests: bounds.defaultRequest, limits: bounds.default });
  const some = await resourcesOf(
    cluster,
    asking('some', amounts('200m', '150Mi', '150Gi'), { cpu: '300m', memory: '200Mi' }),
  );
  assert.deepEqual(some.requests, amounts('200m', '150Mi', '150Gi'));
  assert.deepEqual(some.limits, amounts('300m', '200Mi', '500Gi'));
  await refused(cluster, asking('small', amounts('10m', '50Mi', '50Gi'), {}));
  await refused(cluster, asking('large', bounds.min, amounts('600m', '600Mi', '600Gi')));

  const changed = await ok('GET', path);
  changed['spec'].limits[0].min = amounts('9m', '49Mi', '49Gi');
  await ok('PUT', path, changed);
  await until(() => watch.events.some((event) => event.type === 'MODIFIED'));
  await resourcesOf(cluster, asking('now-fits', amounts('10m', '50Mi', '50Gi'), {}));
  await refused(cluster, asking('still-large', bounds.min, amounts('600m', '600Mi', '600Gi')));

  await ok('DELETE', path);
  await until(() => watch.events.some((event) => event.type === 'DELETED'));
  await resourcesOf(cluster, asking('unbounded', amounts('600m', '600Mi', '600Gi'), {}));
});

conformance('[sig-scheduling] limit_range.go: LimitRange list/patch/deletecollection', async (cluster) => {
  const { items, namespace, ok, patch } = cluster;
  const other = { ...cluster, namespace: `${namespace}-2` };
  await createNamespace(cluster, other.namespace);
  cluster.after(() => cluster.api('DELETE', `/api/v1/namespaces/${other.namespace}`));
  const selector = `labelSelector=range%3D${namespace}`;
  for (const there of [cluster, other]) {
    await ok('POST', core(there, 'limitranges'), limitRange('limits', bounds, { range: namespace }));
  }
  const found = async (): Promise<string[]> =>
    (await items(`/api/v1/limitranges?${selector}`)).map((one) => one.metadata.namespace);
  assert.deepEqual(await found(), [namespace, other.namespace]);
  const patched = await patch('strategic', core(cluster, 'limitranges', 'limits'), {
    metadata: { labels: { patched: 'yes' } },
    spec: { limits: [{ type: 'Container', min: amounts('40m', '100Mi', '100Gi') }] },
  });
  assert.equal(patched.metadata.labels?.['patched'], 'yes');
  assert.equal(patched['spec'].limits[0].min.cpu, '40m');
  await ok('DELETE', `${core(cluster, 'limitranges')}?${selector}`);
  assert.deepEqual(await found(), [other.namespace]);
});
