/** Services reach what their endpoints say: Pods that come and go, protocols, slices somebody wrote by hand. */
import assert from 'node:assert/strict';
import { core, type More, pod } from '../objects.ts';
import { patience, runAll, runCaller, server, serverSpec, serving } from '../peers.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

const minutes = 4;

const make = (cluster: Cluster, name: string, spec: More): Promise<ApiObject> =>
  cluster.ok('POST', core(cluster, 'services'), { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });

const slices = (cluster: Cluster): string => `/apis/discovery.k8s.io/v1/namespaces/${cluster.namespace}/endpointslices`;

interface Endpoint {
  targetRef?: { name: string };
}
type Parts = { [part in 'addresses' | 'endpoints']?: Endpoint[] } & { ports?: { port: number }[] };

/** Waits until Endpoints and EndpointSlices of a Service hold exactly these, a Pod's name and a port each, in order. */
async function holds(cluster: Cluster, name: string, pods: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(pods);
  const said = (parts: readonly Parts[]): string => {
    const found = parts.flatMap(({ addresses, endpoints, ports = [] }) =>
      (addresses ?? endpoints ?? []).flatMap(({ targetRef }) => ports.map((each) => `${targetRef?.name}:${each.port}`)),
    );
    return JSON.stringify(found.sort());
  };
  await until(async () => {
    const { status, body } = await cluster.api('GET', core(cluster, 'endpoints', name));
    return status === 200 && said(body['subsets'] ?? []) === wanted;
  }, patience);
  const path = `${slices(cluster)}?labelSelector=kubernetes.io/service-name%3D${name}`;
  await until(async () => said((await cluster.items(path)) as unknown as Parts[]) === wanted, patience);
}

conformance(
  '[sig-network] service.go: basic endpoint',
  async (cluster) => {
    const ports = [{ port: 80, targetPort: serving.http }];
    const { spec } = await make(cluster, 'basic', { selector: { app: 'basic' }, ports });
    const target = `http://${spec.clusterIP}/hostname`;
    const caller = await runCaller(cluster);
    const shows = async (...names: string[]): Promise<void> => {
      await holds(
        cluster,
        'basic',
        names.map((each) => `${each}:${serving.http}`),
      );
      if (names.length === 0) await caller.reachesNobody(target);
      else await caller.reaches(target, names);
    };
    await shows();
    await runAll(cluster, [pod('one', serverSpec(), { app: 'basic' })]);
    await shows('one');
    await runAll(cluster, [pod('two', serverSpec(), { app: 'basic' })]);
    await shows('one', 'two');
    await cluster.ok('DELETE', core(cluster, 'pods', 'one'));
    await shows('two');
    await cluster.ok('DELETE', core(cluster, 'pods', 'two'));
    await shows();
  },
  { minutes },
);

conformance(
  '[sig-network] service.go: same port, two protocols',
  async (cluster) => {
    const tcp = { name: 'tcp', port: 80, protocol: 'TCP', targetPort: serving.http };
    const udp = { name: 'udp', port: 80, protocol: 'UDP', targetPort: serving.udp };
    const { spec } = await make(cluster, 'both', { selector: { app: 'both' }, ports: [tcp, udp] });
    await runAll(cluster, [pod('both', serverSpec(), { app: 'both' })]);
    const caller = await runCaller(cluster);
    const [overTcp, overUdp] = [`http://${spec.clusterIP}/hostname`, `udp://${spec.clusterIP}:80`] as const;
    const set = (...ports: object[]): Promise<ApiObject> =>
      cluster.patch('merge', core(cluster, 'services', 'both'), { spec: { ports } });
    await caller.reaches(overTcp, ['both']);
    await caller.reaches(overUdp, ['both']);
    await set(tcp);
    await caller.reachesNobody(overUdp);
    await caller.reaches(overTcp, ['both']);
    await set(udp);
    await caller.reachesNobody(overTcp);
    await caller.reaches(overUdp, ['both']);
  },
  { minutes },
);

conformance(
  '[sig-network] service.go: multiport endpoints',
  async (cluster) => {
    const ports = [
      { name: 'portname1', port: 80, targetPort: 'first' },
      { name: 'portname2', port: 81, targetPort: 'second' },
    ];
    const { spec } = await make(cluster, 'multi', { selector: { app: 'multi' }, ports });
    const caller = await runCaller(cluster);
    const serve = (name: string, portName: string, containerPort: number): Promise<unknown> => {
      const readinessProbe = { tcpSocket: { port: containerPort }, periodSeconds: 1 };
      const more = { ports: [{ name: portName, containerPort }], readinessProbe };
      const containers = [server(more, ['--http', String(containerPort)])];
      return runAll(cluster, [pod(name, serverSpec({ containers }), { app: 'multi' })]);
    };
    const first = `http://${spec.clusterIP}:80/hostname`;
    const second = `http://${spec.clusterIP}:81/hostname`;
    await holds(cluster, 'multi', []);
    await serve('pod1', 'first', 100);
    await holds(cluster, 'multi', ['pod1:100']);
    await caller.reaches(first, ['pod1']);
    await caller.reachesNobody(second);
    await serve('pod2', 'second', 101);
    await holds(cluster, 'multi', ['pod1:100', 'pod2:101']);
    await caller.reaches(first, ['pod1']);
    await caller.reaches(second, ['pod2']);
    await cluster.ok('DELETE', core(cluster, 'pods', 'pod1'));
    await holds(cluster, 'multi', ['pod2:101']);
    await caller.reachesNobody(first);
    await caller.reaches(second, ['pod2']);
    await cluster.ok('DELETE', core(cluster, 'pods', 'pod2'));
    await holds(cluster, 'multi', []);
  },
  { minutes },
);

/** The file that says the port of a server. */
const fileOf = (port: number): string => `/etc/port-${port}`;

/** A container that serves on a port of its own, and its file. */
function onPort(port: number): More {
  const readinessProbe = { tcpSocket: { port }, periodSeconds: 1 };
  const command = ['/bin/sh', '-c', `echo ${port} > ${fileOf(port)} && exec /bin/tools serve --http ${port}`];
  return server({ name: `serve-${port}`, command, readinessProbe });
}

const numbers = [8090, 9090] as const;

/** A Service that selects nobody with two ports, and a slice a port, written by hand; each port leads to its server. */
async function byHand(cluster: Cluster, pods: readonly [ApiObject, ApiObject]): Promise<void> {
  const ports = numbers.map((port) => ({ name: `port-${port}`, port, targetPort: port, protocol: 'TCP' }));
  const { spec } = await make(cluster, 'manual', { ports });
  for (const [at, port] of numbers.entries()) {
    await cluster.ok('POST', slices(cluster), {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `manual-${port}`, labels: { 'kubernetes.io/service-name': 'manual' } },
      addressType: 'IPv4',
      ports: [{ name: `port-${port}`, port, protocol: 'TCP' }],
      endpoints: [{ addresses: [pods[at]?.['status'].podIP] }],
    });
  }
  const caller = await runCaller(cluster);
  for (const host of [spec.clusterIP, 'manual'])
    for (const port of numbers) await caller.reaches(`http://${host}:${port}/read?path=${fileOf(port)}`, [`${port}\n`]);
}

conformance(
  '[sig-network] endpointslice.go: manual slices, same IP',
  async (cluster) => {
    const [both] = (await runAll(cluster, [pod('both', serverSpec({ containers: numbers.map(onPort) }))])) as [
      ApiObject,
    ];
    await byHand(cluster, [both, both]);
  },
  { minutes },
);

conformance(
  '[sig-network] endpointslice.go: manual slices, different IPs',
  async (cluster) => {
    const servers = numbers.map((port) => pod(`on-${port}`, serverSpec({ containers: [onPort(port)] })));
    const pods = (await runAll(cluster, servers)) as [ApiObject, ApiObject];
    assert.notEqual(pods[0]['status'].podIP, pods[1]['status'].podIP);
    await byHand(cluster, pods);
  },
  { minutes },
);
