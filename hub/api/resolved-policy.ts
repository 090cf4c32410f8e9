/**
 * A NetworkPolicy as a node is sent it: peers are addresses, so that a node needs to know no Pod but its own. Which of
 * these the policy is about, the node decides from their labels.
 */
import type { IPBlock } from './networking.ts';
import type { LabelSelector, ObjectMeta } from './object.ts';

/** Its kind on the link; no client of the API ever sees one. */
export const resolvedPolicyKind = 'ResolvedNetworkPolicy';

/** Protocols that are enforced, as the API writes them. A port of another one lets nothing through. */
export const policyProtocols: readonly string[] = ['TCP', 'UDP'];

/** Who is at the other end: any of these. */
export interface ResolvedPeers {
  /** Addresses of Pods, sorted. */
  readonly addresses: readonly string[];
  readonly blocks: readonly IPBlock[];
}

/** A port of the receiving end. A name stands for a port of the Pod the policy is about (ingress only). */
export interface ResolvedPort {
  readonly protocol: string;
  readonly port: number | string;
  readonly endPort?: number;
}

/** A port some peers call by the name a policy gives (egress only). */
export interface ResolvedNamedPort {
  readonly protocol: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

/** What one rule lets through. */
export interface ResolvedRule {
  /** Unset: everybody. */
  readonly peers?: ResolvedPeers;
  /** Unset: every port of every protocol. */
  readonly ports?: readonly ResolvedPort[];
  readonly named?: readonly ResolvedNamedPort[];
}

/** What a policy says. A direction that is not set is not restricted by it. */
export interface ResolvedPolicySpec {
  readonly podSelector: LabelSelector;
  readonly ingress?: readonly ResolvedRule[];
  readonly egress?: readonly ResolvedRule[];
}

/** networkpolicies/<namespace>/<name> of the link. `resourceVersion` is a hash over what it says. */
export interface ResolvedPolicy {
  apiVersion: string;
  kind: typeof resolvedPolicyKind;
  metadata: ObjectMeta;
  spec: ResolvedPolicySpec;
}
