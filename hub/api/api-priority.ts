/** Which API groups come before others: the priorities of APIServices, and those of what the hub serves itself. */
import { apiServices } from './api-service.ts';

/** Where a group version stands in discovery: higher comes first. */
export interface Priority {
  readonly group: number;
  readonly version: number;
}

/** API: groups of definitions come after the built-in ones; their versions are ordered by name. */
export const customPriority: Priority = { group: 1000, version: 100 };

/** The usual priorities of versions within a built-in group. */
const stable = 15;
const unstable = 9;

/** API: the priorities kube-apiserver gives its own groups. */
const groups: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'internal.apiserver.k8s.io': 16_000,
  'resource.k8s.io': 15_900,
  'storagemigration.k8s.io': 15_800,
  // as its own server registers it: `nodes` and `pods` are those of the core group
  'metrics.k8s.io': 100,
};

/** Versions that are not ordered as stable before unstable. */
const versions: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'certificates.k8s.io/v1alpha1': 1,
  'admissionregistration.k8s.io/v1beta1': 12,
  'coordination.k8s.io/v1beta1': 13,
  'coordination.k8s.io/v1alpha2': 12,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'resource.k8s.io/v1': 20,
  'resource.k8s.io/v1beta2': 15,
  'resource.k8s.io/v1alpha3': 1,
  'metrics.k8s.io/v1beta1': 100,
};

/** The priority of a built-in group version; undefined for groups of others, and for that of APIServices: it has none. */
export function builtInPriority(group: string, version: string): Priority | undefined {
  const own = Object.hasOwn(groups, group) ? groups[group] : undefined;
  if (own === undefined) return undefined;
  const known = versions[`${group}/${version}`] ?? (/^v\d+$/.test(version) ? stable : unstable);
  return { group: own, version: known };
}

/** The order of groups: APIServices' own first, then by the highest priority any of its versions has, then by name. */
export function compareGroups(
  a: { readonly name: string; readonly priority: number },
  b: { readonly name: string; readonly priority: number },
): number {
  const first = Number(b.name === apiServices.group) - Number(a.name === apiServices.group);
  if (first !== 0) return first;
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.name < b.name ? -1 : 1;
}
