/** Which labels a node's agent may set on its own Node (API: NodeRestriction, kubelet labels). */

const allowed: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);
const allowedPrefixes = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const reserved = ['kubernetes.io', 'k8s.io'];

function within(prefix: string, domain: string): boolean {
  return prefix === domain || prefix.endsWith(`.${domain}`);
}

/** True when only an administrator may set this label on a Node. */
export function isRestrictedLabel(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0 || allowed.has(key)) return false;
  const prefix = key.slice(0, slash);
  if (!reserved.some((domain) => within(prefix, domain))) return false;
  return !allowedPrefixes.some((domain) => within(prefix, domain));
}

/** Labels that differ between two sets, sorted. */
export function changedLabels(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]).sort();
}
