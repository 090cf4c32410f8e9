/** Ports of a node that lead into Pods. */
import { core, isReady, pod } from '../objects.ts';
import { nodes, patience, runCaller, server, serverSpec } from '../peers.ts';
import { conformance } from '../suite.ts';

conformance(
  '[sig-network] hostport.go: hostPort with distinct hostIP/protocol',
  async (cluster) => {
    const [{ name, address }] = (await nodes(cluster)) as [{ name: string; address: string }];
    const port = 54_323;
    // the scheduler has to find that the three do not want the same
    const nodeSelector = { 'kubernetes.io/hostname': name };
    for (const [which, hostIP, protocol] of [
      ['pod1', '127.0.0.1', 'TCP'],
      ['pod2', address, 'TCP'],
      ['pod3', address, 'UDP'],
    ] as const) {
      const ports = [{ containerPort: 8080, hostPort: port, hostIP, protocol }];
      const containers = [server({ ports }, ['--http', '8080', '--udp', '8080'])];
      await cluster.ok('POST', core(cluster, 'pods'), pod(which, serverSpec({ nodeSelector, containers })));
      await cluster.eventually(core(cluster, 'pods', which), isReady, patience);
    }
    const caller = await runCaller(cluster, { hostNetwork: true, nodeName: name });
    await caller.reaches(`http://127.0.0.1:${port}/hostname`, ['pod1']);
    await caller.reaches(`http://${address}:${port}/hostname`, ['pod2']);
    await caller.reaches(`udp://${address}:${port}`, ['pod3']);
  },
  { minutes: 4 },
);
