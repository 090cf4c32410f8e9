/** One round of churn: what users and links do to a cluster, in an order of chance, and back to where it began. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import type { Random } from '../../support/fuzz/random.ts';
import type { Machine, Site } from './machines.ts';

/** Who takes part. The steady node loses its link and never its process, so that its memory can be followed. */
export interface Cluster {
  readonly site: Site;
  readonly hub: Machine;
  readonly steady: Machine;
  readonly killed: Machine;
  readonly guest: Machine;
}

const patience = 60_000;
const namespace = 'churn';

/** Waits until exactly these nodes exist and all are Ready. */
export function nodesReady({ hub }: Cluster, names: readonly string[]): Promise<true> {
  const path = '{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}';
  const expected = names.map((name) => `${name}=True`).join(' ');
  return eventually(
    `exactly the nodes ${names.join(', ')} to be Ready`,
    async () => (await hub.kubectl('get', 'nodes', '-o', `jsonpath=${path}`)).trim() === expected || undefined,
    patience,
  );
}

/**
 * Makes a machine a node. Its keep-alive is short: a cable that is pulled says nothing to either end, so that the hub takes one and a
 * half of it to notice.
 */
export async function joinHub(cluster: Cluster, machine: Machine): Promise<void> {
  const line = await cluster.hub.coracle('add-node', '--format', 'short');
  // coracle join HOST:PORT/TOKEN/CAHASH
  const hub = line.split('\n')[0]?.split(' ').at(-1);
  const file = `${machine.dir}.join.yaml`;
  writeFileSync(file, JSON.stringify({ hub, nodeName: machine.name, runtime: 'process', keepAlive: 5 }));
  await machine.coracle('join', '--file', file, '--no-start');
  machine.start();
}

/** Starts the hub and waits until it serves. */
export async function startHub({ hub }: Cluster): Promise<void> {
  hub.start();
  await eventually('the hub to write its kubeconfig', () => existsSync(join(hub.dir, 'kubeconfig')), patience);
  const served = (): Promise<boolean> =>
    hub.kubectl('get', '--raw', '/readyz').then(
      () => true,
      () => false,
    );
  await eventually('the hub to serve', served, patience);
}

const workload = (kind: string, name: string, spec: object): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace },
  spec: {
    ...spec,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        tolerations: [{ operator: 'Exists' }],
        containers: [{ name: 'main', image: 'none', command: ['sleep', '86400'] }],
      },
    },
  },
});

async function deploy({ hub }: Cluster, replicas: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'coracle-manifest-'));
  try {
    const file = join(directory, 'objects.json');
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      workload('Deployment', 'web', { replicas }),
      workload('DaemonSet', 'probe', {}),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'word', namespace },
        stringData: { word: 'x'.repeat(1024) },
      },
    ];
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await hub.kubectl('apply', '-f', file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function rolledOut({ hub }: Cluster): Promise<void> {
  for (const name of ['deployment/web', 'daemonset/probe'])
    await hub.kubectl('rollout', 'status', name, '-n', namespace, '--timeout=60s');
}

/** Makes workloads start new Pods. `rollout restart` is refused twice in a second. */
async function renew({ hub }: Cluster, random: Random, ...names: string[]): Promise<void> {
  await hub.kubectl('set', 'env', ...names, '-n', namespace, `TURN=${random.below(2 ** 31)}`);
}

/** What may happen in between, by name. Each leaves the cluster whole, with three nodes. */
const events: Readonly<Record<string, (cluster: Cluster, random: Random) => Promise<void>>> = {
  async scale(cluster, random) {
    await cluster.hub.kubectl('scale', 'deployment/web', '-n', namespace, `--replicas=${1 + random.below(8)}`);
    await rolledOut(cluster);
  },
  async roll(cluster, random) {
    await renew(cluster, random, 'deployment/web', 'daemonset/probe');
    await rolledOut(cluster);
  },
  async cut({ site, hub, steady }) {
    site.setLink(steady.name, 'down');
    try {
      await hub.kubectl('wait', `node/${steady.name}`, '--for=condition=Ready=Unknown', '--timeout=60s');
    } finally {
      site.setLink(steady.name, 'up');
    }
    await hub.kubectl('wait', `node/${steady.name}`, '--for=condition=Ready', '--timeout=60s');
  },
  /** Too short for anybody to notice, while there is much to say. */
  async 'cut while rolling'(cluster, random) {
    const { site, hub, steady } = cluster;
    site.setLink(steady.name, 'down');
    try {
      await renew(cluster, random, 'deployment/web');
    } finally {
      site.setLink(steady.name, 'up');
    }
    await hub.kubectl('wait', `node/${steady.name}`, '--for=condition=Ready', '--timeout=60s');
    await rolledOut(cluster);
  },
  async 'kill the agent'({ hub, killed }) {
    await killed.end('SIGKILL');
    await hub.kubectl('wait', `node/${killed.name}`, '--for=condition=Ready=Unknown', '--timeout=60s');
    killed.start();
    await hub.kubectl('wait', `node/${killed.name}`, '--for=condition=Ready', '--timeout=60s');
  },
};

async function killHub(cluster: Cluster): Promise<void> {
  await cluster.hub.end('SIGKILL');
  await startHub(cluster);
  await nodesReady(cluster, ['guest', 'killed', 'steady']);
}

/**
 * Runs one round; the hub is killed in it as well where `hubDies`. Pods of a node that was removed wait 40 s for their end, as
 * PodGC's quarantine in Kubernetes: a `short` round has none, as the namespace goes before the node. Answers what happened, in order.
 */
export async function playRound(
  cluster: Cluster,
  random: Random,
  { hubDies, short }: { hubDies: boolean; short: boolean },
): Promise<string[]> {
  const { hub, guest, killed, steady } = cluster;
  const order = Object.keys(events);
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [order[at], order[other]] = [order[other] ?? '', order[at] ?? ''];
  }
  if (hubDies) order.splice(random.below(order.length + 1), 0, 'kill the hub');
  await deploy(cluster, 1 + random.below(6));
  await joinHub(cluster, guest);
  await nodesReady(cluster, ['guest', 'killed', 'steady']);
  await rolledOut(cluster);
  const happened: string[] = [];
  for (const name of order) {
    const began = Date.now();
    await (events[name] ?? killHub)(cluster, random);
    happened.push(`${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  }
  const clear = (): Promise<unknown> => hub.kubectl('delete', 'namespace', namespace, '--timeout=60s');
  if (short) await clear();
  await guest.coracle('leave');
  await guest.end('SIGTERM');
  await hub.coracle('remove-node', guest.name, '--force');
  if (!short) await clear();
  await nodesReady(cluster, ['killed', 'steady']);
  const left = (): boolean => guest.processes() === 0 && [killed, steady].every((each) => each.processes() === 1);
  await eventually('no process of a Pod to be left on any machine', left, patience);
  return happened;
}
