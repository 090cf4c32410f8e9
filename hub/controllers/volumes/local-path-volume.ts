/** A local-path volume: for which claims there can be one, and what it is. Pure. */
import {
  localPathDirAnnotation,
  localPathFinalizer,
  localPathNodeAnnotation,
  localPathProvisioner,
} from '../../api/local-path.ts';
import type { Node } from '../../api/node.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { NodeSelectorTerm } from '../../api/scheduling.ts';
import type { StorageClass } from '../../api/storage.ts';
import { classOf, provisionedBy } from '../../api/volume-binding.ts';

/** The volume is one node's directory, so only Pods of that node can share it. */
const possibleModes: readonly string[] = ['ReadWriteOnce', 'ReadWriteOncePod'];

const hostname = 'kubernetes.io/hostname';

function onlyOn({ metadata }: Node): NodeSelectorTerm {
  const value = metadata.labels?.[hostname];
  if (value === undefined) {
    return { matchFields: [{ key: 'metadata.name', operator: 'In', values: [metadata.name ?? ''] }] };
  }
  return { matchExpressions: [{ key: hostname, operator: 'In', values: [value] }] };
}

/** Why there will never be a local-path volume for `claim`; undefined when there can be one. */
export function impossibleClaim({ spec }: PersistentVolumeClaim): string | undefined {
  const { accessModes = [], volumeMode = 'Filesystem', selector } = spec ?? {};
  const impossible = accessModes.find((mode) => !possibleModes.includes(mode));
  if (impossible !== undefined) return `a local volume cannot be ${impossible}, only ${possibleModes.join(' or ')}`;
  if (volumeMode !== 'Filesystem') return `a local volume cannot be of volumeMode ${volumeMode}, only Filesystem`;
  if (selector !== undefined) return 'a claim with a selector takes volumes that are there, none is made for it';
  return undefined;
}

/** The directory in which a node keeps volumes; undefined when it does not say. */
export function volumeDirectory({ metadata }: Node): string | undefined {
  const directory = metadata.annotations?.[localPathDirAnnotation] ?? '';
  return directory.startsWith('/') ? directory.replace(/\/+$/, '') : undefined;
}

/** The volume for `claim` on `node`, below `directory`. */
export function localPathVolume(options: {
  claim: PersistentVolumeClaim;
  storageClass: StorageClass;
  node: Node;
  directory: string;
}): PersistentVolume {
  const { claim, storageClass, node, directory } = options;
  const { accessModes = [], resources } = claim.spec ?? {};
  const { namespace = '', name = '', uid = '' } = claim.metadata;
  const volume = `pvc-${uid}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volume,
      annotations: { [provisionedBy]: localPathProvisioner, [localPathNodeAnnotation]: node.metadata.name ?? '' },
      finalizers: [localPathFinalizer],
    },
    spec: {
      accessModes: [...accessModes],
      capacity: { storage: resources?.requests?.['storage'] ?? '0' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      local: { path: `${directory}/${volume}` },
      nodeAffinity: { required: { nodeSelectorTerms: [onlyOn(node)] } },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: classOf(claim),
      volumeMode: 'Filesystem',
    },
  };
}
