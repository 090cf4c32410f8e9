/** Services as API objects. */
import assert from 'node:assert/strict';
import { core, isReady, pod, podSpec, podsOf, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';
import { isRolledOut } from '../workloads.ts';

function service(name: string, labels: Record<string, string> = {}, spec: object = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels } as never,
    spec: { ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }], ...spec },
  };
}

conformance('[sig-network] service.go: kubernetes service exists', async ({ ok }) => {
  const { spec } = await ok('GET', '/api/v1/namespaces/default/services/kubernetes');
  assert.equal(spec.type, 'ClusterIP');
  assert.equal(spec.ports[0].port, 443);
});

conformance('[sig-network] service.go: find kubernetes service', async ({ items }) => {
  const found = (await items('/api/v1/services')).filter(
    ({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes',
  );
  assert.equal(found.length, 1);
});

conformance('[sig-network] service.go: deletecollection services', async (cluster) => {
  const all = core(cluster, 'services');
  for (const [name, label] of [
    ['one', 'yes'],
    ['two', 'yes'],
    ['three', 'no'],
  ] as const) {
    await cluster.ok('POST', all, service(name, { collected: label }));
  }
  assert.equal((await cluster.items(all)).length, 3);
  await cluster.ok('DELETE', `${all}?labelSelector=collected%3Dyes`);
  assert.deepEqual(
    (await cluster.items(all)).map((one) => one.metadata.name),
    ['three'],
  );
});

conformance('[sig-network] service.go: service status lifecycle', async (cluster) => {
  const { items, namespace, ok, patch } = cluster;
  const all = core(cluster, 'services');
  const path = `${all}/status-test`;
  const selector = `labelSelector=life%3D${namespace}`;
  const watch = await cluster.watch(`${all}?watch=true&${selector}`);
  const seen = (type: string, wanted: (object: ApiObject) => boolean): Promise<void> =>
    until(() => watch.events.some((event) => event.type === type && wanted(event.object)));
  await ok('POST', all, service('status-test', { life: namespace }, { type: 'LoadBalancer' }));
  await seen('ADDED', () => true);
  assert.equal((await items(`/api/v1/services?${selector}`)).length, 1);
  assert.deepEqual((await ok('GET', `${path}/status`))['status'], { loadBalancer: {} });

  const patched = await patch('merge', `${path}/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } },
  });
  assert.equal(patched['status'].loadBalancer.ingress[0].ip, '203.0.113.1');
  await seen('MODIFIED', ({ metadata }) => metadata.annotations?.['patchedstatus'] === 'true');

  const now = await ok('GET', `${path}/status`);
  now['status'].conditions = [
    {
      type: 'StatusUpdate',
      status: 'True',
      reason: 'E2E',
      message: 'Set from a test',
      lastTransitionTime: '2026-01-02T03:04:05Z',
    },
  ];
  assert.equal((await ok('PUT', `${path}/status`, now))['status'].conditions[0].type, 'StatusUpdate');
  await seen('MODIFIED', ({ status }) => status.conditions?.[0].type === 'StatusUpdate');

  assert.equal(
    (await patch('strategic', path, { metadata: { labels: { patched: 'yes' } } })).metadata.labels?.['patched'],
    'yes',
  );
  await seen('MODIFIED', ({ metadata }) => metadata.labels?.['patched'] === 'yes');
  await ok('DELETE', path);
  await seen('DELETED', () => true);
  assert.deepEqual(await items(`/api/v1/services?${selector}`), []);
});

conformance('[sig-network] service.go: Endpoints lifecycle', async (cluster) => {
  const { items, namespace, ok, patch } = cluster;
  const all = core(cluster, 'endpoints');
  const path = `${all}/testservice`;
  const selector = `labelSelector=life%3D${namespace}`;
  const watch = await cluster.watch(`${all}?watch=true&${selector}`);
  const seen = (type: string, wanted: (object: ApiObject) => boolean): Promise<void> =>
    until(() => watch.events.some((event) => event.type === type && wanted(event.object)));
  const made = await ok('POST', all, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'testservice', labels: { life: namespace } },
    subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }],
  });
  await seen('ADDED', () => true);
  assert.equal((await items(`/api/v1/endpoints?${selector}`)).length, 1);
  made.metadata.labels = { ...made.metadata.labels, updated: 'yes' };
  await ok('PUT', path, made);
  await seen('MODIFIED', ({ metadata }) => metadata.labels?.['updated'] === 'yes');
  assert.equal((await ok('GET', path)).metadata.labels?.['updated'], 'yes');
  await patch('strategic', path, {
    metadata: { labels: { patched: 'yes' } },
    subsets: [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }],
  });
  await seen('MODIFIED', ({ metadata }) => metadata.labels?.['patched'] === 'yes');
  const [subset] = (await ok('GET', path))['subsets'];
  assert.equal(subset.addresses[0].ip, '10.0.0.25');
  assert.deepEqual(subset.ports, [{ name: 'http-test', port: 8080, protocol: 'TCP' }]);
  await ok('DELETE', `${all}?${selector}`);
  await seen('DELETED', () => true);
  assert.deepEqual(await items(`/api/v1/endpoints?${selector}`), []);
});

/** Ports by name of the ready endpoints in the slices of a Service: `http → 80 of pod-a`. */
async function slicesOf(cluster: Cluster, name: string): Promise<Set<string>> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${cluster.namespace}/endpointslices`;
  const slices = await cluster.items(`${path}?labelSelector=kubernetes.io/service-name%3D${name}`);
  const found = new Set<string>();
  for (const { endpoints, ports } of slices as unknown as { endpoints: Endpoint[] | null; ports: Port[] | null }[]) {
    for (const { targetRef } of endpoints ?? []) {
      for (const port of ports ?? []) found.add(`${port.name ?? ''} ${port.port} ${targetRef.name}`);
    }
  }
  return found;
}

interface Endpoint {
  targetRef: { name: string };
}
interface Port {
  name?: string;
  port: number;
}

/** The same out of the Endpoints object. */
async function endpointsOf(cluster: Cluster, name: string): Promise<Set<string>> {
  const { status, body } = await cluster.api('GET', core(cluster, 'endpoints', name));
  const found = new Set<string>();
  if (status !== 200) return found;
  for (const { addresses, ports } of (body['subsets'] ?? []) as { addresses?: Endpoint[]; ports?: Port[] }[]) {
    for (const { targetRef } of addresses ?? []) {
      for (const port of ports ?? []) found.add(`${port.name ?? ''} ${port.port} ${targetRef.name}`);
    }
  }
  return found;
}

/** Waits until Endpoints, slices, or both, hold exactly these. */
async function leadsTo(
  cluster: Cluster,
  name: string,
  expected: string[],
  where = [slicesOf, endpointsOf],
): Promise<void> {
  const wanted = JSON.stringify([...expected].sort());
  for (const look of where) await until(async () => JSON.stringify([...(await look(cluster, name))].sort()) === wanted);
}

/** A Pod with this label and these ports by name. */
function withPorts(name: string, label: string, ports: Record<string, number>): ApiObject {
  const named = Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort }));
  const spec = podSpec();
  const [main] = spec['containers'] as Record<string, unknown>[];
  return pod(name, { ...spec, containers: [{ ...main, ports: named }] }, { app: label });
}

async function followsPods(cluster: Cluster, where: (typeof slicesOf)[]): Promise<void> {
  const { ok } = cluster;
  const ports = (targetPort: number | string): object => ({ ports: [{ name: 'example', port: 80, targetPort }] });
  for (const [name, spec] of [
    ['numbered', { selector: { app: 'one' }, ...ports(3000) }],
    ['named', { selector: { app: 'two' }, ...ports('serve') }],
  ] as const) {
    await ok('POST', core(cluster, 'services'), service(name, {}, spec));
  }
  await ok('POST', core(cluster, 'pods'), withPorts('pod1', 'one', { web: 3000 }));
  await ok('POST', core(cluster, 'pods'), withPorts('pod2', 'two', { serve: 3001 }));
  await leadsTo(cluster, 'numbered', ['example 3000 pod1'], where);
  await leadsTo(cluster, 'named', ['example 3001 pod2'], where);
  for (const name of ['pod1', 'pod2']) await ok('DELETE', core(cluster, 'pods', name));
  for (const name of ['numbered', 'named']) await leadsTo(cluster, name, [], where);
}

conformance('[sig-network] endpointslice.go: Endpoints and slices for pods', (cluster) =>
  followsPods(cluster, [slicesOf, endpointsOf]),
);
conformance('[sig-network] endpoints.go: Endpoints for pods', (cluster) => followsPods(cluster, [endpointsOf]));

conformance('[sig-network] endpointslice.go: slices for selector without pods', async (cluster) => {
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${cluster.namespace}/endpointslices`;
  const selector = 'labelSelector=kubernetes.io/service-name%3Dempty';
  await cluster.ok('POST', core(cluster, 'services'), service('empty', {}, { selector: { app: 'nobody' } }));
  await until(async () => (await cluster.items(`${slices}?${selector}`)).length === 1);
  const [slice] = await cluster.items(`${slices}?${selector}`);
  assert.deepEqual(slice?.['endpoints'] ?? [], []);
  const found = await cluster.eventually(core(cluster, 'endpoints', 'empty'), () => true);
  assert.deepEqual(found['subsets'] ?? [], []);
  assert.equal(slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslice-controller.k8s.io');
  await cluster.ok('DELETE', core(cluster, 'services', 'empty'));
  await until(async () => (await cluster.items(`${slices}?${selector}`)).length === 0);
  await cluster.gone(core(cluster, 'endpoints', 'empty'));
});

conformance('[sig-network] endpoints.go: empty Endpoints', async (cluster) => {
  await cluster.ok('POST', core(cluster, 'services'), service('empty', {}, { selector: { app: 'nobody' } }));
  const found = await cluster.eventually(core(cluster, 'endpoints', 'empty'), () => true);
  assert.deepEqual(found['subsets'] ?? [], []);
  await cluster.ok('DELETE', core(cluster, 'services', 'empty'));
  await cluster.gone(core(cluster, 'endpoints', 'empty'));
});

conformance('[sig-network] service_latency.go: endpoint latency', async (cluster) => {
  const { ok } = cluster;
  await ok(
    'POST',
    core(cluster, 'replicationcontrollers'),
    workload('ReplicationController', 'latency', { replicas: 1 }),
  );
  await cluster.eventually(core(cluster, 'replicationcontrollers', 'latency'), isRolledOut(1));
  assert.equal((await podsOf(cluster, 'latency')).filter(isReady).length, 1);
  const arrived = new Map<string, number>();
  const watch = await cluster.watch(`${core(cluster, 'endpoints')}?watch=true`);
  const began = new Map<string, number>();
  const note = (): boolean => {
    for (const { object } of watch.events.splice(0)) {
      const { name } = object.metadata;
      if (object['subsets']?.length > 0 && !arrived.has(name)) arrived.set(name, Date.now());
    }
    return arrived.size === 100;
  };
  for (let index = 0; index < 100; index += 1) {
    began.set(`latency-${index}`, Date.now());
    await ok('POST', core(cluster, 'services'), service(`latency-${index}`, {}, { selector: { app: 'latency' } }));
    note();
  }
  await until(note);
  const delays = [...arrived].map(([name, at]) => at - (began.get(name) ?? 0)).sort((a, b) => a - b);
  assert.ok((delays[50] ?? 0) < 20_000, `half of them took up to ${delays[50]} ms`);
  assert.ok((delays[90] ?? 0) < 50_000, `nine tenths took up to ${delays[90]} ms`);
});

conformance('[sig-network] endpointslice.go: slices point at API server', async (cluster) => {
  const { eventually, items } = cluster;
  const { subsets } = await eventually(
    '/api/v1/namespaces/default/endpoints/kubernetes',
    (one) => one['subsets']?.length > 0,
  );
  const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  const slices = await items(`${path}?labelSelector=kubernetes.io/service-name%3Dkubernetes`);
  const addresses = slices.flatMap((slice) =>
    slice['endpoints'].flatMap((one: { addresses: string[] }) => one.addresses),
  );
  assert.ok(addresses.length > 0);
  assert.deepEqual(new Set(subsets[0].addresses.map((one: { ip: string }) => one.ip)), new Set(addresses));
  assert.equal(slices[0]?.['ports'][0].port, subsets[0].ports[0].port);
});

conformance('[sig-network] service_cidrs.go: ServiceCIDR API', async (cluster) => {
  const { items, ok, watch } = cluster;
  const all = '/apis/networking.k8s.io/v1/servicecidrs';
  assert.ok((await items(all)).some((one) => one.metadata.name === 'kubernetes'));
  const found = await ok('GET', `${all}/kubernetes`);
  assert.match(found['spec'].cidrs[0], /^\d+\.\d+\.\d+\.\d+\/\d+$/);
  const status = await ok('GET', `${all}/kubernetes/status`);
  assert.equal(status.metadata.uid, found.metadata.uid);
  const { events } = await watch(`${all}?watch=true`);
  await until(() => events.some(({ type, object }) => type === 'ADDED' && object.metadata.name === 'kubernetes'));
});
