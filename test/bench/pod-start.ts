/** How long a Pod with a real container takes to run, beside the same containers started through CRI alone; and what an agent with 30 containers takes. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../hub/api/pod.ts';
import { noContainers } from '../support/cluster/available.ts';
import { type Cluster, startCluster } from '../support/cluster/cluster.ts';
import { type NodePods, podsOn } from '../support/cluster/pods.ts';
import { eventually } from '../support/eventually.ts';
import type { Benchmark, Measurement } from './measurement.ts';
import { quantile } from './measurement.ts';
import { connectRawCri, type RawCri } from './raw-cri.ts';
import { pause, usage } from './usage.ts';

const script = 'exec sleep 100000';
const running = 30;

interface Bench {
  readonly cluster: Cluster;
  readonly pods: NodePods;
  readonly raw: RawCri;
}

/** When each Pod was first seen Running by a watch that was there before it was made. */
class RunningWatch {
  readonly #seen = new Map<string, number>();
  readonly #watch: { close(): void };
  readonly #waiting = new Map<string, () => void>();

  constructor(pods: NodePods) {
    this.#watch = pods.client.watch('/api/v1/namespaces/default/pods?watch=true', ({ object }) => {
      const { metadata, status } = object as unknown as Pod;
      const name = metadata.name ?? '';
      if (status?.phase !== 'Running' || this.#seen.has(name)) return;
      this.#seen.set(name, performance.now());
      this.#waiting.get(name)?.();
    });
  }

  /** When it was; waits for it. */
  async at(name: string): Promise<number> {
    if (!this.#seen.has(name)) await new Promise<void>((resolve) => this.#waiting.set(name, resolve));
    return this.#seen.get(name) ?? 0;
  }

  close(): void {
    this.#watch.close();
  }
}

function rawPod({ cluster, raw }: Bench): Promise<number> {
  const [node] = cluster.nodes;
  const logs = join(node?.dir ?? '', 'raw-logs');
  mkdirSync(logs, { recursive: true });
  return raw.startPod({ image: cluster.image('busybox'), command: ['/bin/sh', '-c', script], logs });
}

async function removeAll({ pods }: Bench, names: readonly string[]): Promise<void> {
  for (const name of names)
    await pods.client.call('DELETE', `/api/v1/namespaces/default/pods/${name}?gracePeriodSeconds=0`);
  await eventually(
    'all Pods to be gone',
    async () => {
      const { body } = await pods.client.call('GET', '/api/v1/namespaces/default/pods');
      return (body as { items: unknown[] }).items.length === 0;
    },
    120_000,
  );
}

const median = (values: number[]): number =>
  quantile(
    values.sort((a, b) => a - b),
    0.5,
  );

async function oneByOne(bench: Bench, watch: RunningWatch, count: number): Promise<Measurement> {
  const raw: number[] = [];
  const ours: number[] = [];
  const names: string[] = [];
  // in turn, so that both meet the same machine
  for (let index = 0; index < count; index++) {
    raw.push(await rawPod(bench));
    const name = `one-${index}`;
    names.push(name);
    const began = performance.now();
    await bench.pods.create(name, { script });
    ours.push((await watch.at(name)) - began);
  }
  await bench.raw.removePods();
  await removeAll(bench, names);
  const [floor, value] = [median(raw), median(ours)];
  return {
    name: `Pod created to seen Running, median of ${count}`,
    value,
    unit: 'ms',
    target: { is: '<=', value: Math.round(1.3 * floor + 100) },
    detail: {
      rawMedian: Math.round(floor),
      p90: Math.round(quantile(ours, 0.9)),
      rawP90: Math.round(quantile(raw, 0.9)),
    },
  };
}

async function atOnce(bench: Bench, watch: RunningWatch, count: number): Promise<Measurement> {
  const rawBegan = performance.now();
  await Promise.all(Array.from({ length: count }, () => rawPod(bench)));
  const floor = performance.now() - rawBegan;
  await bench.raw.removePods();
  const names = Array.from({ length: count }, (_, index) => `many-${index}`);
  const began = performance.now();
  await Promise.all(names.map((name) => bench.pods.create(name, { script })));
  const ends = await Promise.all(names.map((name) => watch.at(name)));
  const value = Math.max(...ends) - began;
  await removeAll(bench, names);
  return {
    name: `${count} Pods at once, all Running / through CRI alone`,
    value: value / floor,
    unit: 'times',
    target: { is: '<=', value: 1.3 },
    detail: { seconds: Number((value / 1000).toFixed(2)), rawSeconds: Number((floor / 1000).toFixed(2)) },
  };
}

async function withContainers(bench: Bench, seconds: number): Promise<Measurement[]> {
  const names = Array.from({ length: running }, (_, index) => `idle-${index}`);
  await Promise.all(names.map((name) => bench.pods.create(name, { script })));
  for (const name of names) await bench.pods.ready(name, 60_000);
  await pause(seconds / 4);
  const pid = bench.cluster.nodes[0]?.agent.pid ?? 0;
  const before = usage(pid);
  await pause(seconds);
  const after = usage(pid);
  await removeAll(bench, names);
  return [
    {
      name: `agent with ${running} containers: resident memory`,
      value: after.resident / 1e6,
      unit: 'MB',
      target: { is: '<=', value: 95 },
    },
    {
      name: `agent with ${running} containers: processor, idle`,
      value: ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100,
      unit: '% of a core',
      target: { is: '<=', value: 2 },
    },
  ];
}

export const podStart: Benchmark = {
  name: 'pod-start',
  about: 'Pods with real containers beside CRI alone, and an agent with 30 of them',
  async run({ short }) {
    if (noContainers !== false) {
      process.stderr.write(`left out: ${noContainers}\n`);
      return [];
    }
    const cluster = await startCluster({ nodes: 1 });
    const [node] = cluster.nodes;
    const pods = podsOn(cluster, node?.name ?? '');
    const raw = await connectRawCri(node?.containerd.socket ?? '');
    const watch = new RunningWatch(pods);
    const bench = { cluster, pods, raw };
    try {
      await pods.create('first', { script });
      await watch.at('first');
      await pods.remove('first');
      return [
        await oneByOne(bench, watch, short ? 5 : 50),
        await atOnce(bench, watch, short ? 10 : 100),
        ...(await withContainers(bench, short ? 10 : 120)),
      ];
    } finally {
      watch.close();
      raw.close();
      pods.close();
      await cluster.stop();
    }
  },
};
