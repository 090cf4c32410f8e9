/** Pods and nodes reach the Pods of every node. */
import { pod } from '../objects.ts';
import { callerIn, nodes, runAll, runCaller, serverSpec, serving } from '../peers.ts';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';

/** One Pod that serves on each node. */
async function netservers(cluster: Cluster): Promise<ApiObject[]> {
  const places = await nodes(cluster);
  return runAll(
    cluster,
    places.map(({ name }) => pod(`netserver-${name}`, serverSpec({ nodeName: name }))),
  );
}

const targetOf = (scheme: 'http' | 'udp', { status }: ApiObject): string =>
  scheme === 'http' ? `http://${status.podIP}:${serving.http}/hostname` : `udp://${status.podIP}:${serving.udp}`;

async function fromPods(cluster: Cluster, scheme: 'http' | 'udp'): Promise<void> {
  const servers = await netservers(cluster);
  const test = await runCaller(cluster, {}, 'test');
  // each asks all: a whole mesh, so that both directions between nodes are there
  for (const caller of [test, ...servers.map(({ metadata }) => callerIn(cluster, metadata.name))])
    for (const each of servers) await caller.reaches(targetOf(scheme, each), [each.metadata.name]);
}

async function fromNodes(cluster: Cluster, scheme: 'http' | 'udp'): Promise<void> {
  const servers = await netservers(cluster);
  for (const { name } of await nodes(cluster)) {
    const caller = await runCaller(cluster, { nodeName: name, hostNetwork: true }, `on-${name}`);
    for (const each of servers) await caller.reaches(targetOf(scheme, each), [each.metadata.name]);
  }
}

const minutes = 4;
conformance('[sig-network] networking.go: pod to pod http', (cluster) => fromPods(cluster, 'http'), { minutes });
conformance('[sig-network] networking.go: pod to pod udp', (cluster) => fromPods(cluster, 'udp'), { minutes });
conformance('[sig-network] networking.go: node to pod http', (cluster) => fromNodes(cluster, 'http'), { minutes });
conformance('[sig-network] networking.go: node to pod udp', (cluster) => fromNodes(cluster, 'udp'), { minutes });
