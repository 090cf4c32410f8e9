/** The packet rules that change addresses at the edge of the cluster: what Pods send out, and ports of the node. Pure. */
import { bridgeName } from '../network.ts';
import type { NftChain, NftSet, NftTable } from '../nft-table.ts';
import type { HostPort } from './host-ports.ts';

/** The table. */
export const masqueradeTable = { family: 'inet', name: 'coracle_masquerade' } as const;

/** What the rules follow from; addresses and ranges of both families together. */
export interface MasqueradeInput {
  /** Ranges of this node's Pods. */
  readonly own: readonly string[];
  /** Ranges of all Pods known here. */
  readonly cluster: readonly string[];
  readonly nodeAddresses: readonly string[];
  readonly hostPorts: readonly HostPort[];
}

const families = ['4', '6'] as const;
type Family = (typeof families)[number];

const belongs = (family: Family, address: string): boolean => address.includes(':') === (family === '6');
const elements = (family: Family, all: readonly string[]): Map<string, string> =>
  new Map(all.filter((one) => belongs(family, one)).map((one) => [one, '']));

/** The table as it should be. */
export function makeMasqueradeTable(input: MasqueradeInput): NftTable {
  const sets = new Map<string, NftSet>();
  for (const family of families) addSets(sets, family, input);
  const both = (rules: (family: Family) => string[]): string[] => families.flatMap(rules);
  const chains: [string, NftChain][] = [
    // after Services: what is one of their addresses is no port of the node
    ['prerouting', { hook: 'type nat hook prerouting priority -99;', rules: ['fib daddr type local jump host_ports'] }],
    ['output', { hook: 'type nat hook output priority -99;', rules: ['fib daddr type local jump host_ports'] }],
    ['host_ports', { rules: both(hostPortRules) }],
    ['postrouting', { hook: 'type nat hook postrouting priority 100;', rules: [...loopback, ...both(leaving)] }],
    ['guard', { hook: 'type filter hook prerouting priority -300;', rules: guard }],
  ];
  return { ...masqueradeTable, sets, chains: new Map(chains) };
}

/** The node's loopback address means nothing to a Pod; answers come back to the bridge's address instead. */
const loopback = [`ip saddr 127.0.0.0/8 oifname "${bridgeName}" masquerade`];

/** The bridge may send with loopback addresses; so nobody outside may send to them (CVE-2020-8558). */
const guard = ['iifname != "lo" ip daddr 127.0.0.0/8 drop'];

const ip = (family: Family): string => (family === '4' ? 'ip' : 'ip6');

function hostPortRules(family: Family): string[] {
  const to = `dnat ${ip(family)} to`;
  return [
    `${to} ${ip(family)} daddr . meta l4proto . th dport map @host_ports_at${family}`,
    `meta nfproto ipv${family} ${to} meta l4proto . th dport map @host_ports${family}`,
  ];
}

function leaving(family: Family): string[] {
  const from = `${ip(family)} saddr @own_ranges${family} ${ip(family)} daddr`;
  return [
    // to a port of the node and back to a Pod of this node: the answer has to come this way as well
    `ct status dnat ct original ${ip(family)} daddr @node_addresses${family} ${from} @own_ranges${family} masquerade`,
    `${from} != @pod_ranges${family} masquerade fully-random`,
  ];
}

function addSets(sets: Map<string, NftSet>, family: Family, input: MasqueradeInput): void {
  const address = `ipv${family}_addr`;
  const range = `type ${address}; flags interval;`;
  const target = `${address} . inet_service`;
  const [at, all] = [new Map<string, string>(), new Map<string, string>()];
  for (const port of input.hostPorts.filter((each) => belongs(family, each.address))) {
    const key = `${port.protocol} . ${port.hostPort}`;
    const value = `${port.address} . ${port.port}`;
    if (port.hostAddress === '') all.set(key, value);
    else at.set(`${port.hostAddress} . ${key}`, value);
  }
  const ranges = [...input.cluster, ...input.own];
  sets.set(`own_ranges${family}`, { kind: 'set', spec: range, elements: elements(family, input.own) });
  sets.set(`pod_ranges${family}`, { kind: 'set', spec: range, elements: elements(family, ranges) });
  const nodes = elements(family, input.nodeAddresses);
  sets.set(`node_addresses${family}`, { kind: 'set', spec: `type ${address};`, elements: nodes });
  const specAll = `type inet_proto . inet_service : ${target};`;
  sets.set(`host_ports${family}`, { kind: 'map', spec: specAll, elements: all });
  const specAt = `type ${address} . inet_proto . inet_service : ${target};`;
  sets.set(`host_ports_at${family}`, { kind: 'map', spec: specAt, elements: at });
}
