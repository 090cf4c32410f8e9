/** The network of nodes with real containers: how fast and at what cost a change arrives, and what a ClusterIP lets through. */
import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { noContainers } from '../support/cluster/available.ts';
import { type Cluster, startCluster } from '../support/cluster/cluster.ts';
import { type Benchmark, type Measurement, quantile } from './measurement.ts';
import { ServiceChanges } from './service-changes.ts';
import { iperf, throughput } from './throughput.ts';
import { pause, usage } from './usage.ts';

const endpoints = 10;
/** Seconds between changes: what comes within 250 ms of another change the hub gathers (hub/mqtt/sync/service-stream.ts). */
const apart = 0.4;

const load = (): string => (loadavg()[0] ?? 0).toFixed(1);

function arrival(name: string, values: readonly number[]): Measurement {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    name: `${name} → on every node, median of ${values.length}`,
    value: quantile(sorted, 0.5),
    unit: 'ms',
    target: { is: '<=', value: 200 },
    detail: { p90: Math.round(quantile(sorted, 0.9)), most: Math.round(sorted.at(-1) ?? 0), load: load() },
  };
}

async function arrivals(changes: ServiceChanges, count: number): Promise<Measurement[]> {
  const host = await changes.create('moved', 1);
  await changes.shown(host);
  const [ofEndpoints, ofServices]: [number[], number[]] = [[], []];
  for (let index = 1; index <= count; index++) {
    await pause(apart);
    ofEndpoints.push(await changes.leadTo('moved', host, index % 2 === 0 ? 0 : 1));
  }
  await changes.leadTo('moved', host, 0);
  for (let index = 1; index <= count; index++) {
    await pause(apart);
    ofServices.push(await changes.movePort('moved', host, index % 2 === 0 ? 80 : 81));
  }
  return [arrival('endpoints changed', ofEndpoints), arrival('port of a Service changed', ofServices)];
}

/** Seconds of processor of the programs that a process runs all the time, as far as they live. */
function ofChildren(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + usage(Number(child)).cpuSeconds, 0);
}

async function cost(
  cluster: Cluster,
  changes: ServiceChanges,
  services: number,
  count: number,
): Promise<Measurement[]> {
  const names = Array.from({ length: services }, (_, at) => `many-${at}`);
  const before = performance.now();
  for (let at = 0; at < names.length; at += 16)
    await Promise.all(names.slice(at, at + 16).map((name) => changes.create(name, endpoints, false)));
  const host = await changes.create('last', endpoints);
  await changes.shown(host);
  const filled = (performance.now() - before) / 1000;
  await pause(5);
  const pid = cluster.nodes[0]?.agent.pid ?? 0;
  const [began, watchBegan] = [usage(pid), ofChildren(pid)];
  const times: number[] = [];
  for (let index = 1; index <= count; index++) {
    await pause(apart);
    times.push(await changes.leadTo('last', host, index % 2 === 0 ? 0 : 1));
  }
  const [ended, watchEnded] = [usage(pid), ofChildren(pid)];
  const what = `${services} Services of ${endpoints}`;
  return [
    arrival(`${what}: endpoints changed`, times),
    {
      name: `${what}: processor of the agent for one change`,
      value: ((ended.cpuSeconds - began.cpuSeconds) / count) * 1000,
      unit: 'ms',
      target: { is: '<=', value: 50 },
      detail: {
        nft: Number((((ended.childSeconds - began.childSeconds) / count) * 1000).toFixed(1)),
        nftMonitor: Number((((watchEnded - watchBegan) / count) * 1000).toFixed(1)),
        changes: count,
        secondsToFill: Number(filled.toFixed(1)),
        residentMB: Math.round(ended.resident / 1e6),
        load: load(),
      },
    },
  ];
}

export const network: Benchmark = {
  name: 'network',
  about: 'changes of Services on three nodes, and the throughput of a ClusterIP',
  async run({ short }) {
    if (noContainers !== false) {
      process.stderr.write(`left out: ${noContainers}\n`);
      return [];
    }
    const cluster = await startCluster({ nodes: 3 });
    const found: Measurement[] = [];
    try {
      const changes = await ServiceChanges.on(cluster);
      try {
        found.push(...(await arrivals(changes, short ? 5 : 30)));
        found.push(...(await cost(cluster, changes, short ? 100 : 1000, short ? 10 : 40)));
      } finally {
        changes.close();
      }
      if (!existsSync(iperf)) {
        process.stderr.write('left out: throughput: iperf3 is not installed (Debian: apt-get install iperf3)\n');
        return found;
      }
      await cluster.addNode('far', { segment: 2 });
      const ways = { 'on one node': 'node1', 'from another node': 'node2', 'across vxlan': 'far' };
      found.push(...(await throughput(cluster, ways, short ? { rounds: 2, seconds: 1 } : { rounds: 15, seconds: 1 })));
      return found;
    } finally {
      await cluster.stop();
    }
  },
};
