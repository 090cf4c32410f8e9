/** The ReplicationController: the ReplicaSet's ancestor, with a plain map as selector. */
import type { ReplicationController } from '../../api/replication-controller.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, containerCells, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabels } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import {
  validateReplicationController,
  validateReplicationControllerUpdate,
  validateSetStatus,
} from './validate-sets.ts';

/** API: labels of the template stand in for a missing selector and missing labels. */
function setDefaults(controller: ReplicationController): void {
  controller.spec ??= {};
  const { spec } = controller;
  spec.replicas ??= 1;
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(controller.metadata.labels ?? {}).length === 0) controller.metadata.labels = { ...labels };
  }
  if (spec.template !== undefined) defaultPodTemplate(spec.template);
}

function cells(controller: ReplicationController, now: number): TableCell[] {
  const { spec, status } = controller;
  return [
    nameCell(controller),
    spec?.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    ageCell(controller, now),
    ...containerCells(spec?.template),
    formatLabels(spec?.selector),
  ];
}

/** The strategy of ReplicationControllers. */
export const replicationControllerStrategy: Strategy = plainStrategy<ReplicationController>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({ replicas: 0 }),
  setDefaults,
  validateCreate: validateReplicationController,
  validateUpdate: validateReplicationControllerUpdate,
  validateStatusUpdate: validateSetStatus,
  selectable: ['status.replicas'],
  selectableFields: (controller) => ({ 'status.replicas': String(controller.status?.replicas ?? 0) }),
  warnings: (controller, old) =>
    old === undefined ? podTemplateWarnings(controller.spec?.template, 'spec.template') : [],
  columns: columnsOf('replicationController'),
  cells,
});
