/** What NetworkPolicies look at in a Pod. Pure. */
import type { Pod } from '../../api/pod.ts';
import type { Entry } from '../../registry/registry.ts';

/** A port a container calls by a name. */
export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** The facts of one Pod. Its addresses are empty while it has none of its own, and when it has ended. */
export interface PolicyPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly ports: readonly NamedPort[];
}

/** The facts, undefined for a Pod in its node's network: it is not told from the node, so policies do not know it. */
export function policyPod(entry: Entry): PolicyPod | undefined {
  const { spec, status } = entry.object<Pod>();
  if (spec.hostNetwork === true) return undefined;
  const { namespace, name, uid, node, labels } = entry;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const ips = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP ? [status.podIP] : []);
  const ports = spec.containers.flatMap((container) =>
    (container.ports ?? []).flatMap((port) =>
      port.name ? [{ name: port.name, protocol: port.protocol ?? 'TCP', port: port.containerPort }] : [],
    ),
  );
  return { namespace, name, uid, node, labels, addresses: hasEnded ? [] : ips.filter((ip) => ip !== ''), ports };
}

/** True when a peer's rules would be the same for both. */
export function samePeer(one: PolicyPod | undefined, other: PolicyPod | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.addresses.join() === other.addresses.join() && sameLabels(one.labels, other.labels);
}

/** True when the same labels are on both. */
export function sameLabels(one: PolicyPod['labels'], other: PolicyPod['labels']): boolean {
  if (one === other) return true;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
