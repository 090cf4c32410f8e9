/** What one rule of a policy lets through, as packet rules and the sets they look into. Pure. */
import { isIPv6 } from 'node:net';
import type { IPBlock } from '../../../hub/api/networking.ts';
import {
  policyProtocols,
  type ResolvedPeers,
  type ResolvedPort,
  type ResolvedRule,
} from '../../../hub/api/resolved-policy.ts';
import type { NftSet } from '../nft-table.ts';
import type { LocalPod } from './local-pods.ts';

/** Which end of the traffic the policy is about. */
export type Direction = 'ingress' | 'egress';

/** Packet rules, and the sets they name. */
export interface Matches {
  readonly rules: readonly string[];
  readonly sets: ReadonlyMap<string, NftSet>;
}

/**
 * Sets of peers made before, by the list of their addresses: a policy that did not change keeps its own, and what it holds is
 * not compared again.
 */
export type PeerSets = WeakMap<readonly string[], readonly NftSet[]>;

/** A condition on packets, of one family or of any. */
interface Match {
  readonly family?: 'ip' | 'ip6';
  readonly text: string;
}

type Range = readonly [first: number, last: number];

const families: readonly {
  digit: '4' | '6';
  word: 'ip' | 'ip6';
  type: string;
  has: (address: string) => boolean;
}[] = [
  { digit: '4', word: 'ip', type: 'ipv4_addr', has: (address: string): boolean => !isIPv6(address) },
  { digit: '6', word: 'ip6', type: 'ipv6_addr', has: (address: string): boolean => isIPv6(address) },
];

/** Where a rule stands. */
export interface RulePlace {
  /** Names of its sets begin with it. */
  readonly name: string;
  readonly direction: Direction;
  /** Those of this node that its policy is about. */
  readonly pods: readonly LocalPod[];
  readonly known: PeerSets;
}

/** What the rule lets through. */
export function matches(rule: ResolvedRule, place: RulePlace): Matches {
  const { name, pods } = place;
  const sets = new Map<string, NftSet>();
  const peers = peerMatches(rule.peers, place, sets);
  const rules = product(peers, numberMatches(rule.ports)).map(accept);
  // ingress: a name stands for a port of the Pod itself; egress: for ports of peers, of those this rule means alone
  const own = (rule.ports ?? []).filter(({ port }) => typeof port === 'string');
  rules.push(...product(peers, portSets(name, ownPorts(own, pods), sets)).map(accept));
  const theirs = (rule.named ?? []).flatMap(({ protocol, port, addresses }) =>
    addresses.map((address) => ({ protocol, port, address })),
  );
  rules.push(...portSets(`${name}-peer`, theirs, sets).map(accept));
  return { rules, sets };
}

const accept = ({ text }: Match): string => (text === '' ? 'accept' : `${text} accept`);

/** All of one with all of the other, but for packets there are none of: those of two families. */
const product = (ones: readonly Match[], others: readonly Match[]): Match[] =>
  ones.flatMap((one) =>
    others
      .filter(({ family }) => family === undefined || one.family === undefined || family === one.family)
      .map((other) => ({
        ...one,
        ...other,
        text: [one.text, other.text].filter((part) => part !== '').join(' '),
      })),
  );

const anything: readonly Match[] = [{ text: '' }];

/** Ways to be one of the peers; any of them is enough. */
function peerMatches(
  peers: ResolvedPeers | undefined,
  { name, direction, known }: RulePlace,
  sets: Map<string, NftSet>,
): readonly Match[] {
  if (peers === undefined) return anything;
  const field = direction === 'ingress' ? 'saddr' : 'daddr';
  const all =
    known.get(peers.addresses) ?? families.map(({ type, has }) => setOf(`type ${type};`, peers.addresses.filter(has)));
  known.set(peers.addresses, all);
  const found = families.flatMap(({ digit, word }, at): Match[] => {
    const content = all[at];
    // of IPv4 without peers too: the first one then changes a set and no chain
    if (content === undefined || (content.elements.size === 0 && digit === '6')) return [];
    sets.set(`${name}-peers${digit}`, content);
    return [{ family: word, text: `${word} ${field} @${name}-peers${digit}` }];
  });
  return [...found, ...peers.blocks.map((block) => blockMatch(field, block))];
}

function blockMatch(field: string, { cidr, except = [] }: IPBlock): Match {
  const word = cidr.includes(':') ? 'ip6' : 'ip';
  const inside = cidr.endsWith('/0') ? `meta nfproto ipv${word === 'ip' ? 4 : 6}` : `${word} ${field} ${cidr}`;
  return { family: word, text: [inside, ...except.map((range) => `${word} ${field} != ${range}`)].join(' ') };
}

/** Ways to be one of the numbered ports. */
function numberMatches(ports: readonly ResolvedPort[] | undefined): readonly Match[] {
  if (ports === undefined) return anything;
  return policyProtocols.flatMap((protocol) => {
    const ranges = merge(
      ports.flatMap(({ protocol: own, port, endPort }): Range[] =>
        own === protocol && typeof port === 'number' ? [[port, endPort ?? port]] : [],
      ),
    );
    const word = protocol.toLowerCase();
    if (ranges.length === 0) return [];
    if (ranges[0]?.[0] === 0 && ranges[0][1] === 65_535) return [{ text: `meta l4proto ${word}` }];
    const list = ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ');
    return [{ text: `${word} dport { ${list} }` }];
  });
}

/** Ranges in order that do not touch: sets of packet rules take no others. */
function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1)
      merged[merged.length - 1] = [before[0], Math.max(before[1], last)];
    else merged.push([first, last]);
  }
  return merged;
}

interface OwnedPort {
  readonly protocol: string;
  readonly port: number;
  readonly address: string;
}

function ownPorts(wanted: readonly ResolvedPort[], pods: readonly LocalPod[]): OwnedPort[] {
  return pods.flatMap(({ ports, addresses }) =>
    ports
      .filter(({ name, protocol }) => wanted.some((one) => one.port === name && one.protocol === protocol))
      .flatMap(({ protocol, port }) => addresses.map((address) => ({ protocol, port, address }))),
  );
}

/** Ways to be a port that belongs to the address the packet goes to. */
function portSets(name: string, ports: readonly OwnedPort[], sets: Map<string, NftSet>): readonly Match[] {
  return families.flatMap(({ digit, word, type, has }) =>
    policyProtocols.flatMap((each) => {
      const elements = ports.filter(({ protocol, address }) => protocol === each && has(address));
      if (elements.length === 0) return [];
      const protocol = each.toLowerCase();
      const set = `${name}-${protocol}${digit}`;
      sets.set(
        set,
        setOf(
          `type ${type} . inet_service;`,
          elements.map(({ address, port }) => `${address} . ${port}`),
        ),
      );
      return [{ family: word, text: `${word} daddr . ${protocol} dport @${set}` }];
    }),
  );
}

const setOf = (spec: string, keys: readonly string[]): NftSet => ({
  ...{ spec, kind: 'set' as const },
  elements: new Map(keys.map((key) => [key, ''])),
});
