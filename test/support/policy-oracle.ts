/**
 * Whether NetworkPolicies let one end talk to another, read from the API's words and from nothing of the hub or the agent: a
 * judge for tests.
 */
import { BlockList } from 'node:net';

/** A Pod, or somebody outside of the cluster. */
export interface End {
  readonly name: string;
  readonly ip: string;
  /** Unset: no Pod, or one in its node's network. */
  readonly pod?: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ports: Readonly<Record<string, number>>;
  };
}

/** What is asked. `port` is where the server listens. */
export interface Question {
  readonly from: End;
  readonly to: End;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

/** The parts of a NetworkPolicy that are used in tests. */
export interface Policy {
  readonly name: string;
  readonly namespace: string;
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes?: readonly ('Ingress' | 'Egress')[];
    readonly ingress?: readonly { from?: readonly Peer[]; ports?: readonly Port[] }[];
    readonly egress?: readonly { to?: readonly Peer[]; ports?: readonly Port[] }[];
  };
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Port {
  readonly protocol?: 'TCP' | 'UDP';
  readonly port?: number | string;
  readonly endPort?: number;
}

type Labels = Readonly<Record<string, string>>;

/** True when both ends' policies let it through. `namespaces` by name. */
export function isAllowed(
  { from, to, protocol, port }: Question,
  policies: readonly Policy[],
  namespaces: Readonly<Record<string, Labels>>,
): boolean {
  if (from.name === to.name) return true;

  const about = (end: End, type: 'Ingress' | 'Egress'): Policy[] =>
    policies.filter(({ namespace, spec }) => {
      if (end.pod === undefined || end.pod.namespace !== namespace) return false;
      const types = spec.policyTypes ?? (spec.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress']);
      return types.includes(type) && selects(spec.podSelector, end.pod.labels);
    });

  const isPeer = (peer: Peer, end: End, namespace: string): boolean => {
    if (peer.ipBlock !== undefined) return inBlock(end.ip, peer.ipBlock);
    if (end.pod === undefined) return false;
    const isThere =
      peer.namespaceSelector === undefined
        ? end.pod.namespace === namespace
        : selects(peer.namespaceSelector, namespaces[end.pod.namespace] ?? {});
    return isThere && (peer.podSelector === undefined || selects(peer.podSelector, end.pod.labels));
  };

  const isPort = (wanted: Port): boolean => {
    if ((wanted.protocol ?? 'TCP') !== protocol) return false;
    if (wanted.port === undefined) return true;
    if (typeof wanted.port === 'string') return protocol === 'TCP' && to.pod?.ports[wanted.port] === port;
    return port >= wanted.port && port <= (wanted.endPort ?? wanted.port);
  };

  const isLet = (
    peers: readonly Peer[] | undefined,
    ports: readonly Port[] | undefined,
    end: End,
    ns: string,
  ): boolean =>
    (peers === undefined || peers.length === 0 || peers.some((peer) => isPeer(peer, end, ns))) &&
    (ports === undefined || ports.length === 0 || ports.some(isPort));

  const outward = about(from, 'Egress');
  const inward = about(to, 'Ingress');
  const mayLeave =
    outward.length === 0 ||
    outward.some(({ namespace, spec }) => spec.egress?.some((rule) => isLet(rule.to, rule.ports, to, namespace)));
  const mayEnter =
    inward.length === 0 ||
    inward.some(({ namespace, spec }) => spec.ingress?.some((rule) => isLet(rule.from, rule.ports, from, namespace)));
  return mayLeave && mayEnter;
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(matchLabels)) if (labels[key] !== value) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        throw new Error(`operator ${operator}`);
    }
  });
}

function inBlock(ip: string, { cidr, except = [] }: { cidr: string; except?: readonly string[] }): boolean {
  const has = (range: string): boolean => {
    const list = new BlockList();
    const [base = '', length = '32'] = range.split('/');
    list.addSubnet(base, Number(length), 'ipv4');
    return list.check(ip, 'ipv4');
  };
  return has(cidr) && !except.some(has);
}
