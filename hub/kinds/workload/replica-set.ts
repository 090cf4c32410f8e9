/** The ReplicaSet: so many Pods of one template. Its status belongs to the replica set controller. */
import type { TableCell } from '../../api/table.ts';
import type { ReplicaSet } from '../../api/workload.ts';
import { ageCell, columnsOf, containerCells, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabelSelector } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import { validateReplicaSet, validateReplicaSetUpdate, validateSetStatus } from './validate-sets.ts';

function setDefaults(set: ReplicaSet): void {
  set.spec ??= { selector: {} };
  set.spec.replicas ??= 1;
  set.spec.template ??= {};
  defaultPodTemplate(set.spec.template);
}

function cells(set: ReplicaSet, now: number): TableCell[] {
  return [
    nameCell(set),
    set.spec.replicas ?? 0,
    set.status?.replicas ?? 0,
    set.status?.readyReplicas ?? 0,
    ageCell(set, now),
    ...containerCells(set.spec.template),
    formatLabelSelector(set.spec.selector),
  ];
}

/** The strategy of ReplicaSets. */
export const replicaSetStrategy: Strategy = plainStrategy<ReplicaSet>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({ replicas: 0 }),
  setDefaults,
  validateCreate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatusUpdate: validateSetStatus,
  warnings: (set, old) => (old === undefined ? podTemplateWarnings(set.spec.template, 'spec.template') : []),
  columns: columnsOf('replicaSet'),
  cells,
});
