/** Classes and drivers of storage: StorageClass, VolumeAttributesClass, CSIDriver, CSINode, VolumeAttachment, CSIStorageCapacity. */
import type { KubeObject } from '../../api/object.ts';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../../api/storage.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { printEmptyAsNull } from '../empty-list.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateAttachment, validateAttachmentUpdate } from './validate-attachment.ts';
import {
  validateCapacityUpdate,
  validateCsiNode,
  validateCsiNodeUpdate,
  validateDriver,
  validateDriverUpdate,
  validateNewCapacity,
} from './validate-csi.ts';
import {
  validateAttributesClass,
  validateAttributesClassUpdate,
  validateStorageClass,
  validateStorageClassUpdate,
} from './validate-class.ts';

function defaultMark(object: KubeObject, ...annotations: string[]): string {
  const isDefault = annotations.some((annotation) => object.metadata.annotations?.[annotation] === 'true');
  return isDefault ? `${nameCell(object)} (default)` : nameCell(object);
}

/** The strategy of StorageClasses. */
export const storageClassStrategy: Strategy = plainStrategy<StorageClass>({
  setDefaults: (one) => {
    one.reclaimPolicy ??= 'Delete';
    one.volumeBindingMode ??= 'Immediate';
  },
  validateCreate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  columns: columnsOf('storageClass'),
  cells: (one, now) => [
    defaultMark(one, 'storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'),
    one.provisioner ?? '',
    one.reclaimPolicy ?? 'Delete',
    one.volumeBindingMode ?? 'Immediate',
    one.allowVolumeExpansion ?? false,
    ageCell(one, now),
  ],
});

/** The strategy of VolumeAttributesClasses. */
export const volumeAttributesClassStrategy: Strategy = plainStrategy<VolumeAttributesClass>({
  validateCreate: validateAttributesClass,
  validateUpdate: validateAttributesClassUpdate,
  columns: columnsOf('volumeAttributesClass'),
  cells: (one, now) => [
    defaultMark(one, 'volumeattributesclass.alpha.kubernetes.io/is-default-class'),
    one.driverName ?? '',
    ageCell(one, now),
  ],
});

/** The strategy of CSIDrivers. */
export const csiDriverStrategy: Strategy = plainStrategy<CSIDriver>({
  hasGeneration: false,
  unconditionalUpdate: false,
  setDefaults: (driver) => {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validateCreate: validateDriver,
  validateUpdate: validateDriverUpdate,
  columns: columnsOf('csiDriver'),
  cells: (driver, now) => [
    nameCell(driver),
    driver.spec.attachRequired ?? true,
    driver.spec.podInfoOnMount ?? false,
    driver.spec.storageCapacity ?? false,
    driver.spec.tokenRequests?.length ? driver.spec.tokenRequests.map((one) => one.audience).join(',') : '<unset>',
    driver.spec.requiresRepublish ?? false,
    driver.spec.volumeLifecycleModes?.join(',') || none,
    ageCell(driver, now),
  ],
});

/** The strategy of CSINodes. */
export const csiNodeStrategy: Strategy = plainStrategy<CSINode>({
  unconditionalUpdate: false,
  prepareCreate: (node) => printEmptyAsNull(node.spec, 'drivers'),
  prepareUpdate: (node) => printEmptyAsNull(node.spec, 'drivers'),
  validateCreate: validateCsiNode,
  validateUpdate: validateCsiNodeUpdate,
  columns: columnsOf('csiNode'),
  cells: (node, now) => [nameCell(node), node.spec?.drivers?.length ?? 0, ageCell(node, now)],
});

/** The strategy of CSIStorageCapacities. */
export const csiStorageCapacityStrategy: Strategy = plainStrategy<CSIStorageCapacity>({
  unconditionalUpdate: false,
  validateCreate: validateNewCapacity,
  validateUpdate: validateCapacityUpdate,
});

/** The strategy of VolumeAttachments. */
export const volumeAttachmentStrategy: Strategy = plainStrategy<VolumeAttachment>({
  hasStatus: true,
  newStatus: () => ({ attached: false }),
  unconditionalUpdate: false,
  validateCreate: validateAttachment,
  validateUpdate: validateAttachmentUpdate,
  validateStatusUpdate: validateAttachmentUpdate,
  columns: columnsOf('volumeAttachment'),
  cells: (one, now) => [
    nameCell(one),
    one.spec.attacher,
    one.spec.source.persistentVolumeName ?? '',
    one.spec.nodeName,
    one.status?.attached ?? false,
    ageCell(one, now),
  ],
});
