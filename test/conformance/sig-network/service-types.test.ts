/** Services that turn from one type into another, and where they answer then. */
import assert from 'node:assert/strict';
import { core, type More } from '../objects.ts';
import { type Caller, nodes, patience, runCaller, runServers, serving } from '../peers.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

const http = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: serving.http }];
const minutes = 4;

const make = (cluster: Cluster, name: string, spec: More): Promise<ApiObject> =>
  cluster.ok('POST', core(cluster, 'services'), { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });

/** Writes the whole object back with a changed spec. */
async function put(
  cluster: Cluster,
  name: string,
  change: (spec: Record<string, unknown>) => void,
): Promise<ApiObject> {
  const path = core(cluster, 'services', name);
  const now = await cluster.ok('GET', path);
  change(now['spec']);
  return cluster.ok('PUT', path, now);
}

/** By name and by address. */
async function answersInside(caller: Caller, { metadata, spec }: ApiObject): Promise<void> {
  assert.match(spec.clusterIP, /^\d+\.\d+\.\d+\.\d+$/);
  const pods = [`${metadata.name}-0`, `${metadata.name}-1`];
  for (const host of [metadata.name, spec.clusterIP]) await caller.reaches(`http://${host}/hostname`, pods);
}

/** On every node too. */
async function answersEverywhere(cluster: Cluster, caller: Caller, service: ApiObject): Promise<void> {
  await answersInside(caller, service);
  const { nodePort } = service['spec'].ports[0];
  assert.ok(nodePort >= 30_000 && nodePort <= 32_767, String(nodePort));
  const pods = [`${service.metadata.name}-0`, `${service.metadata.name}-1`];
  for (const { address } of await nodes(cluster)) await caller.reaches(`http://${address}:${nodePort}/hostname`, pods);
}

conformance(
  '[sig-network] service.go: functioning NodePort',
  async (cluster) => {
    await runServers(cluster, 'nodeport', 2);
    const service = await make(cluster, 'nodeport', { type: 'NodePort', selector: { app: 'nodeport' }, ports: http });
    await answersEverywhere(cluster, await runCaller(cluster), service);
  },
  { minutes },
);

/** A Service that was a name outside and leads to Pods now. */
async function fromExternalName(cluster: Cluster, type: 'ClusterIP' | 'NodePort'): Promise<[Caller, ApiObject]> {
  await make(cluster, 'turned', { type: 'ExternalName', externalName: 'foo.example.com' });
  await runServers(cluster, 'turned', 2);
  const caller = await runCaller(cluster);
  const full = `turned.${cluster.namespace}.svc.cluster.local`;
  await until(() => caller.resolve(full, 'CNAME').join() === 'foo.example.com', patience);
  const service = await put(cluster, 'turned', (spec) => {
    delete spec['externalName'];
    Object.assign(spec, { type, selector: { app: 'turned' }, ports: http });
  });
  assert.equal(service['spec'].type, type);
  return [caller, service];
}

conformance(
  '[sig-network] service.go: ExternalName to ClusterIP',
  async (cluster) => answersInside(...(await fromExternalName(cluster, 'ClusterIP'))),
  { minutes },
);

conformance(
  '[sig-network] service.go: ExternalName to NodePort',
  async (cluster) => answersEverywhere(cluster, ...(await fromExternalName(cluster, 'NodePort'))),
  { minutes },
);

/** A Service that led to Pods and is a name now: that of another Service here, which answers. */
async function toExternalName(cluster: Cluster, type: 'ClusterIP' | 'NodePort'): Promise<void> {
  await runServers(cluster, 'other', 2);
  const other = await make(cluster, 'other', { selector: { app: 'other' }, ports: http });
  const before = await make(cluster, 'turned', { type, selector: { app: 'turned' }, ports: http });
  const domain = `${cluster.namespace}.svc.cluster.local`;
  const caller = await runCaller(cluster);
  await until(() => caller.resolve('turned').join() === before['spec'].clusterIP, patience);
  const { spec } = await put(cluster, 'turned', (changed) => {
    Object.assign(changed, { type: 'ExternalName', externalName: `other.${domain}` });
  });
  assert.equal(spec.type, 'ExternalName');
  assert.deepEqual([spec.clusterIP ?? '', spec.clusterIPs ?? []], ['', []]);
  assert.deepEqual(
    (spec.ports ?? []).filter((port: { nodePort?: number }) => (port.nodePort ?? 0) !== 0),
    [],
  );
  await until(() => caller.resolve(`turned.${domain}`, 'CNAME').join() === `other.${domain}`, patience);
  await until(() => caller.resolve('turned').join() === other['spec'].clusterIP, patience);
  await caller.reaches('http://turned/hostname', ['other-0', 'other-1']);
  if (type === 'ClusterIP') return;
  // what was allotted is free for others
  const ports = [{ ...http[0], nodePort: before['spec'].ports[0].nodePort }];
  await make(cluster, 'next', { type: 'NodePort', clusterIP: before['spec'].clusterIP, ports });
}

conformance('[sig-network] service.go: ClusterIP to ExternalName', (cluster) => toExternalName(cluster, 'ClusterIP'), {
  minutes,
});
conformance('[sig-network] service.go: NodePort to ExternalName', (cluster) => toExternalName(cluster, 'NodePort'), {
  minutes,
});
