/** The StatefulSet: Pods with names and volumes that stay. Its status belongs to the stateful set controller. */
import { isDns1123Label } from '../../api/names.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { StatefulSet } from '../../api/stateful-set.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, containerCells, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { defaultNestedMetadata } from '../nested-metadata.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import { defaultClaim } from '../storage/persistent-volume-claim.ts';
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './validate-stateful-set.ts';

function defaultClaimTemplate(claim: PersistentVolumeClaim): void {
  claim.apiVersion = 'v1';
  claim.kind = 'PersistentVolumeClaim';
  defaultNestedMetadata(claim);
  defaultClaim(claim);
  claim.status ??= {};
  claim.status.phase ??= 'Pending';
}

function setDefaults(set: StatefulSet): void {
  set.spec ??= { selector: {}, template: {} };
  const { spec } = set;
  if (!spec.podManagementPolicy) spec.podManagementPolicy = 'OrderedReady';
  spec.updateStrategy ??= {};
  if (!spec.updateStrategy.type) spec.updateStrategy.type = 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  if (!retention.whenDeleted) retention.whenDeleted = 'Retain';
  if (!retention.whenScaled) retention.whenScaled = 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.serviceName ??= '';
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) defaultClaimTemplate(claim);
}

function cells(set: StatefulSet, now: number): TableCell[] {
  return [
    nameCell(set),
    `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
    ageCell(set, now),
    ...containerCells(set.spec?.template),
  ];
}

/** The strategy of StatefulSets. Their names become host names, so they are labels. */
export const statefulSetStrategy: Strategy = plainStrategy<StatefulSet>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({ replicas: 0, availableReplicas: 0 }),
  setDefaults,
  validateName: isDns1123Label,
  validateCreate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatus,
  warnings: (set, old) => (old === undefined ? podTemplateWarnings(set.spec?.template, 'spec.template') : []),
  columns: columnsOf('statefulSet'),
  cells,
});
