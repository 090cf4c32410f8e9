/** The addresses of this machine, best first for others to reach it. */
import { networkInterfaces } from 'node:os';

/** Bridges and tunnels that containers and overlays bring: good for no one outside this machine. */
const inner = /^(docker|br-|cni|veth|virbr|flannel|cali|vxlan|coracle|tun|tap|cor0$|cor-)/;

/** Addresses others may reach this machine at: IPv4 first, then IPv6 (no link-local ones). Empty without a network. */
export function machineAddresses(interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()): string[] {
  const four: string[] = [];
  const six: string[] = [];
  for (const [name, addresses] of Object.entries(interfaces)) {
    if (inner.test(name)) continue;
    for (const { address, family, internal } of addresses ?? []) {
      if (internal || address.startsWith('fe80:') || address.startsWith('169.254.')) continue;
      (family === 'IPv4' ? four : six).push(address);
    }
  }
  return [...four, ...six];
}
