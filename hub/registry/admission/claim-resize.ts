/** PersistentVolumeClaimResize: a claim grows only when its class says that its volumes can. */
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import { storageClasses } from '../../api/resource.ts';
import { compareQuantities } from '../../api/exact-quantity.ts';
import type { StorageClass } from '../../api/storage.ts';
import { classOf, requestOf } from '../../api/volume-binding.ts';
import type { AdmissionPlugin } from '../registry.ts';
import { forbid, type Reader } from './forbid.ts';

/** The plugin. */
export function claimResize(reader: Reader): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    handles: ({ operation, info, subresource }) =>
      operation === 'UPDATE' && info.resource === 'persistentvolumeclaims' && info.group === '' && subresource === '',
    validate(request) {
      const claim = request.object as unknown as PersistentVolumeClaim;
      const old = request.old as unknown as PersistentVolumeClaim;
      if (compareQuantities(requestOf(claim), requestOf(old)) <= 0) return;
      if (old.status?.phase !== 'Bound') throw forbid(request, 'Only bound persistent volume claims can be expanded');
      const storageClass = reader.get(storageClasses, '', classOf(old))?.object<StorageClass>();
      if (storageClass?.allowVolumeExpansion === true) return;
      const why = 'the storageclass that provisions the pvc must support resize';
      throw forbid(request, `only dynamically provisioned pvc can be resized and ${why}`);
    },
  };
}
