/** The PersistentVolume: storage that is there. Its phase belongs to the volume controller. */
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { TableCell } from '../../api/table.ts';
import { accessModesCell, ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultSharedSource } from '../pod/volume-defaults.ts';
import { validateVolume, validateVolumeUpdate } from './validate-volume.ts';

const unset = '<unset>';
const oldClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

function setDefaults(volume: PersistentVolume): void {
  volume.spec ??= {};
  volume.status ??= {};
  const { spec, status } = volume;
  if (!status.phase) status.phase = 'Pending';
  if (!spec.persistentVolumeReclaimPolicy) spec.persistentVolumeReclaimPolicy = 'Retain';
  if (!spec.volumeMode) spec.volumeMode = 'Filesystem';
  defaultSharedSource(spec);
}

function cells(volume: PersistentVolume, now: number): TableCell[] {
  const { spec = {}, status = {} } = volume;
  return [
    nameCell(volume),
    spec.capacity?.['storage'] ?? '0',
    accessModesCell(spec.accessModes),
    spec.persistentVolumeReclaimPolicy ?? '',
    volume.metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
    spec.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`,
    volume.metadata.annotations?.[oldClassAnnotation] ?? spec.storageClassName ?? '',
    spec.volumeAttributesClassName ?? unset,
    status.reason ?? '',
    ageCell(volume, now),
    spec.volumeMode ?? unset,
  ];
}

/** The strategy of PersistentVolumes. */
export const persistentVolumeStrategy: Strategy = plainStrategy<PersistentVolume>({
  hasStatus: true,
  newStatus: () => ({ phase: 'Pending' }),
  setDefaults,
  validateCreate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  selectable: ['name'],
  selectableFields: (volume) => ({ name: volume.metadata.name ?? '' }),
  columns: columnsOf('persistentVolume'),
  cells,
});
