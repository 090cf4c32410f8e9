/** What a ClusterIP takes from the throughput between two Pods. */
import { loadavg } from 'node:os';
import type { Pod } from '../../hub/api/pod.ts';
import type { Service } from '../../hub/api/service.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { podsOn } from '../support/cluster/pods.ts';
import { eventually } from '../support/eventually.ts';
import { createImage } from '../support/images/image.ts';
import { buildLayer } from '../support/images/layer.ts';
import { programEntries } from '../support/images/machine-files.ts';
import { type Measurement, quantile } from './measurement.ts';

/** Where Debian has it. */
export const iperf = '/usr/bin/iperf3';

const port = 5201;
const services = '/api/v1/namespaces/default/services';

interface IperfReport {
  readonly end: { readonly sum_received: { readonly bits_per_second: number } };
}

/** Pods that serve iperf3: on each of these nodes one, called by the node's name. Answers the first one's addresses. */
async function servers(cluster: Cluster, nodes: readonly string[], server: string): Promise<[string, string]> {
  const layer = await buildLayer([
    { path: 'tmp', mode: 0o1777 },
    ...programEntries([{ from: iperf, path: iperf.slice(1) }]),
  ]);
  const image = await cluster.registry.push(createImage({ name: 'iperf3:1', layers: [layer] }));
  let direct = '';
  let vip = '';
  for (const [at, node] of [nodes[0] ?? '', ...nodes].entries()) {
    const pods = podsOn(cluster, node);
    try {
      const name = at === 0 ? server : `from-${node}`;
      await pods.create(name, { labels: { app: name }, container: { image, command: [iperf, '-s'] } });
      const pod: Pod = await pods.ready(name, 60_000);
      if (at > 0) continue;
      direct = pod.status?.podIP ?? '';
      const spec = { selector: { app: name }, ports: [{ port }] };
      const service = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
      vip = ((await pods.client.call('POST', services, service)).body as Service).spec.clusterIP ?? '';
    } finally {
      pods.close();
    }
  }
  return [direct, vip];
}

const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** The ratio from each node to a Pod on the first one, in so many rounds of so many seconds each way, one after the other. */
export async function throughput(
  cluster: Cluster,
  ways: Readonly<Record<string, string>>,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Measurement[]> {
  const nodes = Object.values(ways);
  const [direct, vip] = await servers(cluster, nodes, 'iperf');
  const run = async (node: string, address: string, time: number): Promise<number> => {
    const words = ['exec', `from-${node}`, '--', iperf, '-c', address, '-t', `${time}`, '-J'];
    const report = JSON.parse(await cluster.hub.kubectl(words)) as IperfReport;
    return report.end.sum_received.bits_per_second / 1e9;
  };
  const found: Measurement[] = [];
  for (const [way, node] of Object.entries(ways)) {
    for (const address of [direct, vip])
      await eventually(
        `${address} to answer on ${node}`,
        () => run(node, address, 1).catch(() => false as const),
        30_000,
      );
    const rates: { direct: number; vip: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      // in turn, and each first in every other round, so that both meet the same machine
      const [one, other] = round % 2 === 0 ? [direct, vip] : [vip, direct];
      const [first, second] = [await run(node, one, seconds), await run(node, other, seconds)];
      rates.push(one === direct ? { direct: first, vip: second } : { direct: second, vip: first });
    }
    // of each round by itself: what else the machine does changes from one to the next by more than what is measured
    const ratios = rates.map((each) => each.vip / each.direct).sort((a, b) => a - b);
    found.push({
      name: `through a ClusterIP / Pod to Pod, ${way}, median of ${rounds} pairs`,
      value: quantile(ratios, 0.5),
      unit: 'times',
      target: { is: '>=', value: 0.9 },
      detail: {
        gigabits: Number(median(rates.map((each) => each.vip)).toFixed(2)),
        directGigabits: Number(median(rates.map((each) => each.direct)).toFixed(2)),
        quartiles: [0.25, 0.75].map((share) => quantile(ratios, share).toFixed(2)).join(' to '),
        load: (loadavg()[0] ?? 0).toFixed(1),
      },
    });
  }
  return found;
}
