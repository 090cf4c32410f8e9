/** The network configuration a container runtime reads: a bridge, and addresses out of this node's ranges. Pure. */
import { isIPv6 } from 'node:net';
import { bridgeName } from './network.ts';

/** Name of the network, and of the directory host-local keeps its reservations in. */
export const networkName = 'coracle';

/**
 * The configuration list. `cidrs` are the node's ranges, one a family; `dataDir` is where host-local writes down who has which
 * address; `mtu` is how many bytes a packet of a Pod may have. CNI 1.0.0; the loopback is the runtime's own doing, what leaves the node is translated elsewhere.
 */
export function cniConfig(options: { cidrs: readonly string[]; dataDir: string; mtu?: number | undefined }): string {
  const { cidrs, dataDir, mtu } = options;
  const everywhere = cidrs.map((cidr) => ({ dst: isIPv6(cidr.split('/')[0] ?? '') ? '::/0' : '0.0.0.0/0' }));
  const bridge = {
    type: 'bridge',
    bridge: bridgeName,
    ...(mtu === undefined ? {} : { mtu }),
    isGateway: true,
    // another range than before: the bridge takes the new gateway's address
    forceAddress: true,
    ipMasq: false,
    // a Pod reaches itself through a Service
    hairpinMode: true,
    ipam: { type: 'host-local', dataDir, ranges: cidrs.map((subnet) => [{ subnet }]), routes: everywhere },
  };
  return `${JSON.stringify({ cniVersion: '1.0.0', name: networkName, plugins: [bridge] }, null, 2)}\n`;
}
