/** The ResourceQuota: how much a namespace may use. Its status belongs to the quota controller. */
import type { ResourceQuota } from '../../api/quota.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateQuota, validateQuotaStatus, validateQuotaUpdate } from './validate-quota.ts';

function setDefaults(quota: ResourceQuota): void {
  quota.spec ??= {};
}

function cells(quota: ResourceQuota, now: number): TableCell[] {
  const requests: string[] = [];
  const limits: string[] = [];
  const { hard = {}, used = {} } = quota.status ?? {};
  for (const resource of Object.keys(hard).sort()) {
    const list = resource.startsWith('limits.') ? limits : requests;
    list.push(`${resource}: ${used[resource] ?? '0'}/${hard[resource]}`);
  }
  return [nameCell(quota), requests.join(', '), limits.join(', '), ageCell(quota, now)];
}

/** The strategy of ResourceQuotas. */
export const resourceQuotaStrategy: Strategy = plainStrategy<ResourceQuota>({
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults,
  validateCreate: validateQuota,
  validateUpdate: validateQuotaUpdate,
  validateStatusUpdate: validateQuotaStatus,
  columns: columnsOf('resourceQuota'),
  cells,
});
