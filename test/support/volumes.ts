/** Builders of volumes, claims and the Pods that use them. */
import type { KubeObject } from '../../hub/api/object.ts';
import type { PersistentVolumeClaimSpec } from '../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolumeSpec } from '../../hub/api/persistent-volume.ts';
import { podObject } from './objects.ts';

/** A PersistentVolume of 1Gi, `ReadWriteOnce`, kept for `claim` if one is named; `spec` is laid over it. */
export function volumeObject(
  name: string,
  claim?: { namespace: string; name: string },
  spec: PersistentVolumeSpec = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: `/volumes/${name}` },
      ...(claim === undefined ? {} : { claimRef: claim }),
      ...spec,
    },
  };
}

/** A PersistentVolumeClaim of 1Gi, `ReadWriteOnce`, without a class; `spec` is laid over it. */
export function claimObject(name: string, spec: PersistentVolumeClaimSpec = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: '',
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
  };
}

/** A Pod that uses a claim. */
export function claimingPod(name: string, claimName: string, spec: Record<string, unknown> = {}): KubeObject {
  return podObject(name, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }], ...spec });
}
