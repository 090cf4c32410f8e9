/** Clients that stay with one Pod of a Service, through its address and through ports of nodes. */
import assert from 'node:assert/strict';
import { core } from '../objects.ts';
import { type Caller, nodes, patience, runCaller, runServers, serving } from '../peers.ts';
import { type Cluster, conformance, until } from '../suite.ts';

type Affinity = 'ClientIP' | 'None';
type Type = 'ClusterIP' | 'NodePort';

/** Calls that are to meet one Pod; the official tests are content with as many. */
const calls = 15;

/** A Service in front of three Pods, who asks it, and where it is to be asked. */
interface Ground {
  readonly caller: Caller;
  readonly names: readonly string[];
  readonly targets: readonly string[];
}

async function prepare(cluster: Cluster, type: Type, sessionAffinity: Affinity): Promise<Ground> {
  const names = await runServers(cluster, 'affinity', 3);
  const { spec } = await cluster.ok('POST', core(cluster, 'services'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'affinity' },
    spec: {
      type,
      sessionAffinity,
      selector: { app: 'affinity' },
      ports: [{ port: 80, targetPort: serving.http }],
    },
  });
  const places = (await nodes(cluster)).map(({ address }) => `${address}:${spec.ports[0].nodePort}`);
  const hosts = type === 'NodePort' ? places : [`${spec.clusterIP}:80`];
  return { caller: await runCaller(cluster), names, targets: hosts.map((host) => `http://${host}/hostname`) };
}

/** Waits until all calls to a target meet the same Pod, then that this is how it stays. */
async function sticks({ caller, names, targets }: Ground): Promise<void> {
  for (const target of targets) {
    const isOne = (): boolean => {
      // one first: many that fail take long
      if (caller.call(target).length === 0) return false;
      const answers = caller.call(target, calls);
      return answers.length === calls && new Set(answers).size === 1;
    };
    await until(isOne, patience);
    const answers = caller.call(target, calls);
    assert.deepEqual([answers.length, new Set(answers).size], [calls, 1], `${target}: ${answers.join(' ')}`);
    assert.ok(names.includes(answers[0] ?? ''), answers[0]);
  }
}

/** Waits until all three Pods answer. */
async function spreads({ caller, names, targets }: Ground): Promise<void> {
  for (const target of targets) await caller.reaches(target, names);
}

const setAffinity = (cluster: Cluster, sessionAffinity: Affinity): Promise<unknown> =>
  cluster.patch('merge', core(cluster, 'services', 'affinity'), { spec: { sessionAffinity } });

async function switches(cluster: Cluster, type: Type): Promise<void> {
  const ground = await prepare(cluster, type, 'ClientIP');
  await sticks(ground);
  await setAffinity(cluster, 'None');
  await spreads(ground);
  await setAffinity(cluster, 'ClientIP');
  await sticks(ground);
}

const kept = async (cluster: Cluster, type: Type): Promise<void> => sticks(await prepare(cluster, type, 'ClientIP'));

const minutes = 4;
const line = (name: string, test: (cluster: Cluster) => Promise<void>): void =>
  conformance(`[sig-network] service.go: ${name}`, test, { minutes });

line('affinity ClientIP, ClusterIP', (cluster) => kept(cluster, 'ClusterIP'));
line('affinity ClientIP, NodePort', (cluster) => kept(cluster, 'NodePort'));
line('switch affinity, ClusterIP', (cluster) => switches(cluster, 'ClusterIP'));
line('switch affinity, NodePort', (cluster) => switches(cluster, 'NodePort'));
