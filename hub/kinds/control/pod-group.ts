/** The PodGroup of the group scheduler: Pods that are placed together. */
import type { KubeObject } from '../../api/object.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

interface PodGroup extends KubeObject {
  spec?: {
    schedulingPolicy?: { basic?: object; gang?: object };
    podGroupTemplateRef?: { workload?: { workloadName?: string } };
  };
  status?: { conditions?: { type: string; status: string }[] };
}

function cells(group: PodGroup, now: number): TableCell[] {
  const { schedulingPolicy, podGroupTemplateRef } = group.spec ?? {};
  const policy = schedulingPolicy?.gang === undefined ? 'basic' : 'gang';
  const held = group.status?.conditions?.find((condition) => condition.status === 'True');
  const workload = podGroupTemplateRef?.workload?.workloadName ?? '<none>';
  return [nameCell(group), policy, workload, held?.type ?? 'Pending', ageCell(group, now)];
}

/** The strategy of PodGroups. */
export const podGroupStrategy: Strategy = plainStrategy<PodGroup>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({}),
  columns: columnsOf('podGroup'),
  cells,
});
