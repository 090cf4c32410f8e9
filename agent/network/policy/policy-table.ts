/**
 * The packet rules that enforce policies on the Pods of this node. Pure.
 *
 * Both base chains look at what is forwarded, behind the translation of Services' addresses. A Pod's address leads to a chain
 * that ends in a drop; what a policy lets through ends the base chain before. So what leaves one Pod of the node for another
 * is judged twice, by each one's policies; what the node itself sends or receives is not forwarded, and never judged.
 */
import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { ResolvedPolicy, ResolvedRule } from '../../../hub/api/resolved-policy.ts';
import { labelSelectorMatcher } from '../../../hub/api/selector.ts';
import type { NftChain, NftSet, NftTable } from '../nft-table.ts';
import type { LocalPod } from './local-pods.ts';
import { type Direction, matches, type PeerSets } from './policy-match.ts';

/** The table. */
export const policyTable = { family: 'inet', name: 'coracle_policy' } as const;

/** The table for this node, and its Pods that policies are about; there is no need of it when there is none. */
export interface PolicyTable {
  readonly table: NftTable;
  /** Uids. */
  readonly isolated: ReadonlySet<string>;
}

/** What one direction is made of: `field` is the Pod's end, chains come one after the other by `priority`. */
const directions: readonly { name: Direction; field: string; priority: number }[] = [
  { name: 'egress', field: 'saddr', priority: -10 },
  { name: 'ingress', field: 'daddr', priority: -9 },
];

interface Chosen {
  readonly rules: readonly ResolvedRule[];
  readonly id: string;
  readonly pods: readonly LocalPod[];
}

/** Makes it. `known` is what was made before, for calls one after the other. */
export function makePolicyTable(
  policies: Iterable<ResolvedPolicy>,
  pods: readonly LocalPod[],
  known: PeerSets = new WeakMap(),
): PolicyTable {
  const all = [...policies];
  const made = directions.map((direction) => judged(direction, { policies: all, pods, known }));
  const isolated = new Set(made.flatMap(({ verdicts }) => [...verdicts.keys()].map(({ uid }) => uid)));
  const sets = new Map([...made.flatMap((each) => [...each.sets]), ...selfSets(pods, isolated)]);
  return { table: { ...policyTable, sets, chains: new Map(made.flatMap((each) => [...each.chains])) }, isolated };
}

/** One direction: sets and chains, and the chain of each Pod that is restricted in it. */
function judged(
  direction: (typeof directions)[number],
  { policies, pods, known }: { policies: readonly ResolvedPolicy[]; pods: readonly LocalPod[]; known: PeerSets },
): { sets: Map<string, NftSet>; chains: Map<string, NftChain>; verdicts: Map<LocalPod, string> } {
  const { name } = direction;
  const sets = new Map<string, NftSet>();
  const chains = new Map<string, NftChain>([[name, baseChain(direction)]]);
  const chosen = policies.flatMap((policy) => choose(policy, name, pods));
  for (const { id, rules, pods: selected } of chosen) {
    const made = rules.map((rule, at) =>
      matches(rule, { name: `${id}-${at}`, direction: name, pods: selected, known }),
    );
    for (const [set, content] of made.flatMap((each) => [...each.sets])) sets.set(set, content);
    chains.set(id, { rules: made.flatMap((each) => each.rules) });
  }
  const verdicts = new Map<LocalPod, string>();
  for (const pod of pods) {
    const ids = chosen.filter(({ pods: selected }) => selected.includes(pod)).map(({ id }) => id);
    if (ids.length === 0) continue;
    const chain = `${name}-${shortHash(ids.join())}`;
    chains.set(chain, { rules: [...ids.map((id) => `jump ${id}`), 'drop'] });
    verdicts.set(pod, chain);
  }
  sets.set(
    `${name}4`,
    verdictMap('ipv4_addr', verdicts, (address) => !isIPv6(address)),
  );
  sets.set(
    `${name}6`,
    verdictMap('ipv6_addr', verdicts, (address) => isIPv6(address)),
  );
  return { sets, chains, verdicts };
}

function verdictMap(type: string, verdicts: Map<LocalPod, string>, has: (address: string) => boolean): NftSet {
  const elements = [...verdicts].flatMap(([{ addresses }, chain]) =>
    addresses.filter(has).map((address): [string, string] => [address, `goto ${chain}`]),
  );
  return { spec: `type ${type} : verdict;`, kind: 'map', elements: new Map(elements) };
}

function choose(policy: ResolvedPolicy, direction: Direction, pods: readonly LocalPod[]): Chosen[] {
  const { metadata, spec } = policy;
  const rules = spec[direction];
  const selects = labelSelectorMatcher(spec.podSelector);
  const selected = pods.filter(({ namespace, labels }) => namespace === metadata.namespace && selects.matches(labels));
  if (rules === undefined || selected.length === 0) return [];
  const id = `policy-${direction}-${shortHash(`${metadata.namespace}/${metadata.name}`)}`;
  return [{ rules, id, pods: selected }];
}

/**
 * What answers is let through by the direction of its connection: what began it is judged at each packet, so that a policy
 * made later ends it.
 */
function baseChain({ name, field, priority }: (typeof directions)[number]): NftChain {
  return {
    hook: `type filter hook forward priority ${priority}; policy accept;`,
    rules: [
      'ct direction reply accept',
      'ct state related accept',
      // whoever has an address answers for it: without that nobody reaches it
      'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
      'ip saddr . ip daddr @self4 accept',
      'ip6 saddr . ip6 daddr @self6 accept',
      `ip ${field} vmap @${name}4`,
      `ip6 ${field} vmap @${name}6`,
    ],
  };
}

/** API: a Pod always reaches itself; through a Service it is forwarded. */
function selfSets(pods: readonly LocalPod[], isolated: ReadonlySet<string>): [string, NftSet][] {
  const addresses = pods.filter(({ uid }) => isolated.has(uid)).flatMap((pod) => pod.addresses);
  const self = (type: string, own: readonly string[]): NftSet => ({
    ...{ spec: `type ${type} . ${type};`, kind: 'set' as const },
    elements: new Map(own.map((address) => [`${address} . ${address}`, ''])),
  });
  return [
    [
      'self4',
      self(
        'ipv4_addr',
        addresses.filter((address) => !isIPv6(address)),
      ),
    ],
    [
      'self6',
      self(
        'ipv6_addr',
        addresses.filter((address) => isIPv6(address)),
      ),
    ],
  ];
}

const shortHash = (text: string): string => hash('sha1', text, 'hex').slice(0, 16);
