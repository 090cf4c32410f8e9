/**
 * A cluster to try things in by hand: `node test/support/cluster/main.ts [--nodes N] [--runtime process]`, until Ctrl-C.
 * Says in one line of JSON where everything is.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '2' }, runtime: { type: 'string', default: 'containerd' } },
});
const cluster = await startCluster({
  nodes: Number(values.nodes),
  runtime: values.runtime === 'process' ? 'process' : 'containerd',
});
const nodes = cluster.nodes.map(({ name, address, netns, dir, containerd }) => {
  return { name, address, netns, dir, socket: containerd.socket };
});
const { dir, hub, registry } = cluster;
process.stdout.write(
  `${JSON.stringify({ dir, kubeconfig: `${hub.dir}/kubeconfig`, registry: registry.host, nodes })}\n`,
);
// a cluster's daemons do not hold this process
const staying = setInterval(() => {}, 1 << 30);
await once(process, 'SIGINT');
clearInterval(staying);
await cluster.stop();
