/** The PersistentVolumeClaim: storage that a user asks for. */
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { TableCell } from '../../api/table.ts';
import { accessModesCell, ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './validate-claim.ts';

const unset = '<unset>';
const oldClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** Fills a claim, or a template of claims. */
export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  claim.spec.resources ??= {};
  if (!claim.spec.volumeMode) claim.spec.volumeMode = 'Filesystem';
}

/** API: a claim or a snapshot; anything else can be named by dataSourceRef alone, and is dropped from dataSource. */
function isKnownSource(source: { kind: string; apiGroup?: string | null }): boolean {
  if (source.kind === 'PersistentVolumeClaim') return !source.apiGroup;
  return source.kind === 'VolumeSnapshot' && source.apiGroup === 'snapshot.storage.k8s.io';
}

/** API: dataSource and dataSourceRef name the same thing; either one stands in for the other. */
function joinSources(claim: PersistentVolumeClaim): void {
  const spec = claim.spec ?? {};
  if (spec.dataSource && !isKnownSource(spec.dataSource)) delete spec.dataSource;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    if (isKnownSource(spec.dataSourceRef)) spec.dataSource = { ...spec.dataSourceRef };
  }
}

/** The class a claim names, in its old annotation or in its spec. */
function claimClass(claim: PersistentVolumeClaim): string {
  return claim.metadata.annotations?.[oldClassAnnotation] ?? claim.spec?.storageClassName ?? '';
}

function cells(claim: PersistentVolumeClaim, now: number): TableCell[] {
  const { spec = {}, status = {} } = claim;
  const bound = Boolean(spec.volumeName);
  return [
    nameCell(claim),
    claim.metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
    spec.volumeName ?? '',
    bound ? (status.capacity?.['storage'] ?? '0') : '',
    bound ? accessModesCell(status.accessModes) : '',
    claimClass(claim),
    spec.volumeAttributesClassName ?? unset,
    ageCell(claim, now),
    spec.volumeMode ?? unset,
  ];
}

/** The strategy of PersistentVolumeClaims. */
export const persistentVolumeClaimStrategy: Strategy = plainStrategy<PersistentVolumeClaim>({
  hasStatus: true,
  newStatus: () => ({ phase: 'Pending' }),
  setDefaults: defaultClaim,
  prepareCreate: joinSources,
  prepareUpdate: joinSources,
  validateCreate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatus,
  selectable: ['name'],
  selectableFields: (claim) => ({ name: claim.metadata.name ?? '' }),
  columns: columnsOf('persistentVolumeClaim'),
  cells,
});
