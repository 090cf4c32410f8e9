/** One NetworkPolicy with its selectors made ready, and what becomes of it over the Pods there are. Pure. */
import { hash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../api/networking.ts';
import {
  policyProtocols,
  type ResolvedNamedPort,
  type ResolvedPolicy,
  type ResolvedPort,
  type ResolvedRule,
  resolvedPolicyKind,
} from '../../api/resolved-policy.ts';
import { everything, type LabelMatcher, labelSelectorMatcher } from '../../api/selector.ts';
import type { PolicyPod } from './policy-pod.ts';

/** Pods somebody may talk to: in the policy's own namespace unless `namespaces` says in which. */
export interface PodPeer {
  readonly namespaces: LabelMatcher | undefined;
  readonly pods: LabelMatcher;
}

interface Rule {
  /** Undefined: everybody. */
  readonly peers: { readonly pods: readonly PodPeer[]; readonly blocks: readonly IPBlock[] } | undefined;
  readonly ports: readonly ResolvedPort[] | undefined;
  /** Names the peers are asked for. */
  readonly named: readonly { readonly protocol: string; readonly name: string }[];
}

/** A policy, its selectors parsed. */
export interface PolicyRules {
  readonly policy: NetworkPolicy;
  readonly namespace: string;
  readonly selects: LabelMatcher;
  readonly ingress: readonly Rule[] | undefined;
  readonly egress: readonly Rule[] | undefined;
  /** Pods whose coming, going and addresses change what the policy says. */
  readonly watched: readonly PodPeer[];
}

/** The Pods and namespaces policies are resolved over. */
export interface PolicyWorld {
  podsIn(namespace: string): Iterable<PolicyPod>;
  /** Every namespace there is, with its labels. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Any Pod of any namespace. */
const anyPod: PodPeer = { namespaces: everything, pods: everything };

/** Parses a policy as it is stored (defaults set, validated). */
export function policyRules(policy: NetworkPolicy): PolicyRules {
  const spec = policy.spec ?? {};
  const types = spec.policyTypes ?? ['Ingress', ...(spec.egress?.length ? ['Egress'] : [])];
  const ingress = types.includes('Ingress')
    ? (spec.ingress ?? []).map(({ from, ports }) => rule('ingress', from, ports))
    : undefined;
  const egress = types.includes('Egress')
    ? (spec.egress ?? []).map(({ to, ports }) => rule('egress', to, ports))
    : undefined;
  return {
    policy,
    namespace: policy.metadata.namespace ?? '',
    selects: labelSelectorMatcher(spec.podSelector ?? {}),
    ingress,
    egress,
    watched: [...(ingress ?? []), ...(egress ?? [])].flatMap(watchedBy),
  };
}

/** Where a peer's Pods are. */
export function namespacesOf(
  peer: PodPeer,
  namespace: string,
  namespaces: PolicyWorld['namespaces'],
): readonly string[] {
  const { namespaces: wanted } = peer;
  if (wanted === undefined) return [namespace];
  return [...namespaces].filter(([, labels]) => wanted.matches(labels)).map(([name]) => name);
}

/** What a node is sent of the policy now. */
export function resolvePolicy(rules: PolicyRules, world: PolicyWorld): ResolvedPolicy {
  const { policy, namespace, ingress, egress } = rules;
  const resolve = (one: Rule): ResolvedRule => resolveRule(one, namespace, world);
  const spec = {
    podSelector: policy.spec?.podSelector ?? {},
    ...(ingress === undefined ? {} : { ingress: ingress.map(resolve) }),
    ...(egress === undefined ? {} : { egress: egress.map(resolve) }),
  };
  const resourceVersion = hash('sha1', JSON.stringify(spec), 'base64url').slice(0, 16);
  return {
    apiVersion: 'coracle.io/v1',
    kind: resolvedPolicyKind,
    metadata: { namespace, name: policy.metadata.name ?? '', resourceVersion },
    spec,
  };
}

function rule(
  direction: 'ingress' | 'egress',
  peers: readonly NetworkPolicyPeer[] | undefined,
  ports: readonly NetworkPolicyPort[] | undefined,
): Rule {
  const enforced = (ports ?? []).filter(({ protocol = 'TCP' }) => policyProtocols.includes(protocol));
  const isAsked = ({ port }: NetworkPolicyPort): boolean => direction === 'egress' && typeof port === 'string';
  return {
    peers: peers?.length ? readPeers(peers) : undefined,
    // API: an empty list is every port; one of which nothing can be enforced is none
    ports: ports?.length ? enforced.filter((port) => !isAsked(port)).map(readPort) : undefined,
    named: enforced.filter(isAsked).map(({ protocol = 'TCP', port }) => ({ protocol, name: String(port) })),
  };
}

function readPeers(peers: readonly NetworkPolicyPeer[]): Rule['peers'] {
  return {
    pods: peers.flatMap(({ ipBlock, namespaceSelector, podSelector }) =>
      ipBlock === undefined
        ? [
            {
              namespaces: namespaceSelector === undefined ? undefined : labelSelectorMatcher(namespaceSelector),
              pods: labelSelectorMatcher(podSelector ?? {}),
            },
          ]
        : [],
    ),
    blocks: peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock])),
  };
}

/** A port that is not set: all of the protocol's. */
function readPort({ protocol = 'TCP', port, endPort }: NetworkPolicyPort): ResolvedPort {
  if (port === undefined) return { protocol, port: 0, endPort: 65_535 };
  return { protocol, port, ...(endPort === undefined ? {} : { endPort }) };
}

function watchedBy({ peers, named }: Rule): readonly PodPeer[] {
  // the names of whoever has an address in a block, or of anybody
  if (named.length > 0 && (peers === undefined || peers.blocks.length > 0)) return [{ ...anyPod }];
  return peers?.pods ?? [];
}

function resolveRule({ peers, ports, named }: Rule, namespace: string, world: PolicyWorld): ResolvedRule {
  const selected = new Set<PolicyPod>();
  for (const peer of peers?.pods ?? []) for (const pod of podsOf(peer, namespace, world)) selected.add(pod);
  const asked = named.length === 0 ? [] : [...new Set([...selected, ...unselected(peers, namespace, world)])];
  return {
    ...(peers === undefined ? {} : { peers: { addresses: addressesOf(selected), blocks: peers.blocks } }),
    ...(ports === undefined ? {} : { ports }),
    ...(named.length === 0 ? {} : { named: named.flatMap((one) => answers(one, asked)) }),
  };
}

function* podsOf(peer: PodPeer, namespace: string, world: PolicyWorld): Iterable<PolicyPod> {
  for (const name of namespacesOf(peer, namespace, world.namespaces))
    for (const pod of world.podsIn(name)) if (pod.addresses.length > 0 && peer.pods.matches(pod.labels)) yield pod;
}

/** Pods a rule means without a selector: all of them, or those with an address in one of its blocks. */
function unselected(peers: Rule['peers'], namespace: string, world: PolicyWorld): readonly PolicyPod[] {
  if (peers === undefined) return [...podsOf(anyPod, namespace, world)];
  if (peers.blocks.length === 0) return [];
  const isMeant = (ip: string): boolean => peers.blocks.some((block) => inBlock(ip, block));
  return [...podsOf(anyPod, namespace, world)].filter(({ addresses }) => addresses.some(isMeant));
}

function answers(
  { protocol, name }: { readonly protocol: string; readonly name: string },
  pods: readonly PolicyPod[],
): ResolvedNamedPort[] {
  const byPort = new Map<number, PolicyPod[]>();
  for (const pod of pods)
    for (const port of pod.ports)
      if (port.name === name && port.protocol === protocol)
        byPort.set(port.port, [...(byPort.get(port.port) ?? []), pod]);
  return [...byPort]
    .sort(([one], [other]) => one - other)
    .map(([port, having]) => ({ protocol, port, addresses: addressesOf(having) }));
}

const addressesOf = (pods: Iterable<PolicyPod>): string[] =>
  [...new Set([...pods].flatMap(({ addresses }) => addresses))].sort();

function inBlock(ip: string, { cidr, except = [] }: IPBlock): boolean {
  return inRange(ip, cidr) && !except.some((range) => inRange(ip, range));
}

/** IPv6 Pods are found by their blocks when Pods have IPv6 addresses. */
function inRange(ip: string, cidr: string): boolean {
  const [base = '', length = '32'] = cidr.split('/');
  if (!isIPv4(ip) || !isIPv4(base)) return false;
  const shift = 2 ** (32 - Number(length));
  return Math.floor(number(ip) / shift) === Math.floor(number(base) / shift);
}

const number = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
