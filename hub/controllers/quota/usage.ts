/** What a quota counts, and how much of it is used: pure. */
import { addQuantities } from '../../api/exact-quantity.ts';
import { countedByPlural, type ResourceQuota, type ResourceQuotaStatus } from '../../api/quota.ts';

/** The resource whose objects use what a quota calls `name`: `deployments.apps`, or `pods` in the core group. */
export function resourceCounted(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (countedByPlural.has(name)) return name;
  if (name.startsWith('services.')) return 'services';
  if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/')) return 'persistentvolumeclaims';
  return 'pods';
}

/** Every resource whose objects a quota counts. */
export function resourcesCounted(quota: ResourceQuota): Set<string> {
  return new Set(Object.keys(quota.spec?.hard ?? {}).map(resourceCounted));
}

/** The status: the bounds as they are wanted now, and what `usages` add up to in their names. */
export function quotaStatus(
  quota: ResourceQuota,
  usages: Iterable<Readonly<Record<string, string>>>,
): ResourceQuotaStatus {
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard);
  const used: Record<string, string> = Object.fromEntries(names.map((name) => [name, '0']));
  for (const usage of usages) {
    for (const name of names) {
      const more = usage[name];
      if (more !== undefined) used[name] = addQuantities(used[name] ?? '0', more);
    }
  }
  return { hard, used };
}
