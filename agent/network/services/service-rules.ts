/** The packet rules of Services as data: one table, its maps from addresses to chains, a chain or two a port. Pure. */
import type { NftChain, NftSet, NftTable } from '../nft-table.ts';
import type { Endpoint } from './endpoint-choice.ts';
import type { Family, ProxyPort } from './proxy-model.ts';

/** The table. */
export const servicesTable = { family: 'inet', name: 'coracle_services' } as const;

/** Sets of clients that stay with an endpoint are called so. */
export const affinityPrefix = 'affinity';

/** A packet that is to leave with this node's address. kube-proxy has the same bit, and other programs know that. */
const mark = '0x4000';

/** Sets and maps of each family: `services4`, `services6`. */
const setNames = ['services', 'no_endpoints', 'cluster_ips', 'firewall', 'hairpin', 'pod_ranges'] as const;
type SetName = (typeof setNames)[number] | 'node_ports' | 'no_endpoints_node_ports';

/** What one Service adds to the table. */
export interface ServiceRules {
  /** Set → key → what it leads to. */
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Sets whose elements the kernel adds: name → spec. */
  readonly affinities: ReadonlyMap<string, string>;
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

const number = (family: Family): string => (family === 'ip6' ? '6' : '4');
const nameOf = (set: SetName, family: Family): string => `${set}${number(family)}`;
const socketOf = (family: Family, ip: string, port: number): string =>
  family === 'ip6' ? `[${ip}]:${port}` : `${ip}:${port}`;

/** nft takes names of at most 255 characters; addresses of IPv6 have colons, which names may not. */
const endpointId = ({ id }: ProxyPort, { ip, port }: Endpoint): string => `${id}__${ip.replaceAll(':', '.')}/${port}`;

class Collector {
  readonly elements = new Map<string, Map<string, string>>();
  readonly affinities = new Map<string, string>();
  readonly chains = new Map<string, readonly string[]>();

  element(set: string, key: string, value = ''): void {
    const found = this.elements.get(set) ?? new Map<string, string>();
    this.elements.set(set, found);
    if (!found.has(key)) found.set(key, value);
  }
}

/** The rules of the ports of one Service. */
export function serviceRules(ports: readonly ProxyPort[]): ServiceRules {
  const into = new Collector();
  for (const port of ports) addPort(into, port);
  return into;
}

function addPort(into: Collector, port: ProxyPort): void {
  into.element(nameOf('cluster_ips', port.family), port.clusterIP);
  addInternal(into, port);
  addExternal(into, port);
  addFirewall(into, port);
  addTargets(into, port);
}

const socketKey = ({ protocol, port }: ProxyPort, ip: string): string => `${ip} . ${protocol} . ${port}`;
const isExternal = ({ external, nodePort }: ProxyPort): boolean => external.length > 0 || nodePort !== undefined;
/** Where packets go that no endpoint takes: policy Local lets those fall that another node would take. */
const nowhere = ({ endpoints }: ProxyPort): string => (endpoints.any ? 'drop' : 'goto refuse');

function addInternal(into: Collector, port: ProxyPort): void {
  const { family, id, internalLocal, endpoints } = port;
  const key = socketKey(port, port.clusterIP);
  const policy = internalLocal ? 'local' : 'cluster';
  if (endpoints[policy].length > 0) into.element(nameOf('services', family), key, `goto ${policy}-${id}`);
  else into.element(nameOf('no_endpoints', family), key, nowhere(port));
}

function addExternal(into: Collector, port: ProxyPort): void {
  const { family, id, endpoints, nodePort } = port;
  if (!isExternal(port)) return;
  const hasTargets = endpoints[port.externalLocal ? 'local' : 'cluster'].length > 0;
  const add = (served: SetName, unserved: SetName, key: string): void => {
    if (endpoints.any) into.element(nameOf(served, family), key, `goto external-${id}`);
    if (!hasTargets) into.element(nameOf(unserved, family), key, nowhere(port));
  };
  for (const ip of port.external) add('services', 'no_endpoints', socketKey(port, ip));
  if (nodePort !== undefined) add('node_ports', 'no_endpoints_node_ports', `${port.protocol} . ${nodePort}`);
  if (endpoints.any) into.chains.set(`external-${id}`, externalRules(port, hasTargets));
}

function addFirewall(into: Collector, port: ProxyPort): void {
  const { family, id, sources, balancers } = port;
  if (sources.length === 0 || balancers.length === 0) return;
  for (const ip of balancers) into.element(nameOf('firewall', family), socketKey(port, ip), `goto firewall-${id}`);
  into.chains.set(`firewall-${id}`, [`${family} saddr != { ${sources.join(', ')} } drop`]);
}

function addTargets(into: Collector, port: ProxyPort): void {
  const { family, id, endpoints, internalLocal, externalLocal } = port;
  const used = {
    // packets of Pods and of this node to external addresses go to all endpoints, whatever the policy
    cluster: !internalLocal || isExternal(port),
    local: internalLocal || (externalLocal && isExternal(port)),
  };
  for (const policy of ['cluster', 'local'] as const) {
    const targets = used[policy] ? endpoints[policy] : [];
    if (targets.length > 0) into.chains.set(`${policy}-${id}`, balance(into, port, targets));
    for (const { ip, local } of targets) if (local) into.element(nameOf('hairpin', family), `${ip} . ${ip}`);
  }
}

/** From outside: with policy Cluster the packet leaves in this node's name, because the answer has to come back here. */
function externalRules(port: ProxyPort, hasTargets: boolean): string[] {
  const { family, id, externalLocal, endpoints } = port;
  const cluster = endpoints.cluster.length > 0 ? [`goto cluster-${id}`] : [];
  if (!externalLocal) return ['jump mark_masquerade', ...cluster];
  return [
    // Pods and this node itself are not outside: for them the policy does not count
    ...cluster.map((to) => `${family} saddr @${nameOf('pod_ranges', family)} ${to}`),
    'fib saddr type local jump mark_masquerade',
    ...cluster.map((to) => `fib saddr type local ${to}`),
    ...(hasTargets ? [`goto local-${id}`] : []),
  ];
}

/** Rules that choose an endpoint. */
function balance(into: Collector, port: ProxyPort, endpoints: readonly Endpoint[]): string[] {
  const { family, protocol, affinity } = port;
  if (affinity !== undefined) return balanceByClient(into, { ...port, affinity }, endpoints);
  const dnat = `meta l4proto ${protocol} dnat ${family} to`;
  const [only] = endpoints;
  if (only !== undefined && endpoints.length === 1) return [`${dnat} ${socketOf(family, only.ip, only.port)}`];
  const targets = endpoints.map(({ ip, port: to }, index) => `${index} : ${ip} . ${to}`);
  return [`${dnat} numgen random mod ${endpoints.length} map { ${targets.join(', ')} }`];
}

/** A client that came lately goes where it went: each endpoint has a set of its clients. */
function balanceByClient(
  into: Collector,
  port: ProxyPort & { affinity: number },
  endpoints: readonly Endpoint[],
): string[] {
  const { family, protocol, affinity } = port;
  const chains = endpoints.map((endpoint) => {
    const id = endpointId(port, endpoint);
    // sets never change under one name: another timeout is another set
    const set = `${affinityPrefix}${affinity}-${id}`;
    const type = family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
    into.affinities.set(set, `type ${type}; flags dynamic,timeout; timeout ${affinity}s;`);
    into.chains.set(`endpoint-${id}`, [
      `update @${set} { ${family} saddr }`,
      `meta l4proto ${protocol} dnat ${family} to ${socketOf(family, endpoint.ip, endpoint.port)}`,
    ]);
    return { set, chain: `endpoint-${id}` };
  });
  const fresh = chains.map(({ chain }, index) => `${index} : goto ${chain}`);
  return [
    ...chains.map(({ set, chain }) => `${family} saddr @${set} goto ${chain}`),
    `numgen random mod ${chains.length} vmap { ${fresh.join(', ')} }`,
  ];
}

const addressTypes: Readonly<Record<Family, string>> = { ip: 'ipv4_addr', ip6: 'ipv6_addr' };
const loopbacks: Readonly<Record<Family, string>> = { ip: '127.0.0.0/8', ip6: '::1' };
const all: readonly Family[] = ['ip', 'ip6'];

/** The whole table. `podRanges` are those of this node's Pods, by family. Of two Services that want one address the first has it. */
export function servicesRuleset(
  services: Iterable<ServiceRules>,
  podRanges: Readonly<Record<Family, readonly string[]>>,
): NftTable {
  const filled = new Map<string, Map<string, string>>();
  const sets = new Map<string, NftSet>();
  for (const family of all) {
    for (const [name, spec, kind] of setsOf(addressTypes[family])) {
      const elements = new Map<string, string>();
      filled.set(nameOf(name, family), elements);
      sets.set(nameOf(name, family), { kind, spec, elements });
    }
    for (const range of podRanges[family]) filled.get(nameOf('pod_ranges', family))?.set(range, '');
  }
  const chains = new Map<string, NftChain>(Object.entries(baseChains));
  for (const { elements, affinities, chains: own } of services) {
    for (const [set, added] of elements) {
      const into = filled.get(set);
      for (const [key, value] of added) if (into?.has(key) === false) into.set(key, value);
    }
    for (const [name, spec] of affinities) sets.set(name, { kind: 'set', spec, elements: noElements });
    for (const [name, rules] of own) chains.set(name, { rules });
  }
  return { ...servicesTable, sets, chains };
}

const noElements: ReadonlyMap<string, string> = new Map();

function setsOf(address: string): [name: SetName, spec: string, kind: NftSet['kind']][] {
  const socket = `type ${address} . inet_proto . inet_service : verdict;`;
  const port = 'type inet_proto . inet_service : verdict;';
  return [
    ['services', socket, 'map'],
    ['no_endpoints', socket, 'map'],
    ['firewall', socket, 'map'],
    ['node_ports', port, 'map'],
    ['no_endpoints_node_ports', port, 'map'],
    ['cluster_ips', `type ${address};`, 'set'],
    ['hairpin', `type ${address} . ${address};`, 'set'],
    ['pod_ranges', `type ${address}; flags interval;`, 'set'],
  ];
}

const perFamily = (rule: (family: Family) => string): string[] => all.map(rule);
const bySocket = (set: SetName): string[] =>
  perFamily((family) => `${family} daddr . meta l4proto . th dport vmap @${nameOf(set, family)}`);
const byNodePort = (set: SetName): string[] =>
  perFamily(
    (family) =>
      `fib daddr type local ${family} daddr != ${loopbacks[family]} meta l4proto . th dport vmap @${nameOf(set, family)}`,
  );
const hook = (type: string, point: string, priority: string): string =>
  `type ${type} hook ${point} priority ${priority};`;
const firsts = (chain: string): string => `ct state new jump ${chain}`;

/** What is there whatever Services there are. */
const baseChains: Readonly<Record<string, NftChain>> = {
  services: {
    rules: [
      // whoever reaches a Service's address from outside of the Pods is to get the answer from this node
      ...perFamily(
        (family) =>
          `${family} daddr @${nameOf('cluster_ips', family)} ${family} saddr != @${nameOf('pod_ranges', family)} jump mark_masquerade`,
      ),
      ...bySocket('services'),
      ...byNodePort('node_ports'),
    ],
  },
  mark_masquerade: { rules: [`meta mark set meta mark | ${mark}`] },
  refuse: { rules: ['reject'] },
  check_endpoints: { rules: [...bySocket('no_endpoints'), ...byNodePort('no_endpoints_node_ports')] },
  check_firewall: { rules: bySocket('firewall') },
  // another port of a Service's address: nobody is there
  check_cluster_ips: { rules: perFamily((family) => `${family} daddr @${nameOf('cluster_ips', family)} goto refuse`) },
  nat_prerouting: { hook: hook('nat', 'prerouting', '-100'), rules: ['jump services'] },
  nat_output: { hook: hook('nat', 'output', '-100'), rules: ['jump services'] },
  nat_postrouting: {
    hook: hook('nat', 'postrouting', '100'),
    rules: [
      // a Pod that reached itself would answer itself, past this node
      ...perFamily(
        (family) =>
          `ct status dnat ${family} saddr . ${family} daddr @${nameOf('hairpin', family)} masquerade fully-random`,
      ),
      `meta mark & ${mark} != 0 meta mark set meta mark ^ ${mark} masquerade fully-random`,
    ],
  },
  filter_prerouting: { hook: hook('filter', 'prerouting', '-110'), rules: [firsts('check_firewall')] },
  filter_first_output: { hook: hook('filter', 'output', '-110'), rules: [firsts('check_firewall')] },
  filter_input: { hook: hook('filter', 'input', '0'), rules: [firsts('check_endpoints')] },
  filter_forward: {
    hook: hook('filter', 'forward', '0'),
    rules: [firsts('check_endpoints'), firsts('check_cluster_ips')],
  },
  filter_output: {
    hook: hook('filter', 'output', '0'),
    rules: [firsts('check_endpoints'), firsts('check_cluster_ips')],
  },
};
