/** StorageObjectInUseProtection: new volumes and claims get the finalizer that keeps them while they are in use. */
import type { KubeObject } from '../../api/object.ts';
import { claimProtection, volumeProtection } from '../../api/volume-binding.ts';
import type { AdmissionPlugin } from '../registry.ts';

const finalizers: Readonly<Record<string, string>> = {
  persistentvolumes: volumeProtection,
  persistentvolumeclaims: claimProtection,
};

/** The plugin. */
export const storageProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: ({ operation, info, subresource }) =>
    operation === 'CREATE' && info.group === '' && subresource === '' && finalizers[info.resource] !== undefined,
  mutate({ info, object }) {
    const { metadata } = object as KubeObject;
    const finalizer = finalizers[info.resource] ?? '';
    if (metadata.finalizers?.includes(finalizer) !== true) {
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    }
  },
};
