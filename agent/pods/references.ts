/** Which other objects a Pod names, and where they are found among the held ones. */
import type { ConfigMap, Secret } from '../../hub/api/config.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { PersistentVolumeClaim } from '../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../hub/api/persistent-volume.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { podReferences } from '../../hub/api/pod-references.ts';
import type { Service } from '../../hub/api/service.ts';
import type { HeldObjects } from '../state/held.ts';
import type { ReferencedObjects } from './container/environment.ts';

/** Claims, and the volumes they are bound to. */
export interface VolumeObjects {
  claim(name: string): PersistentVolumeClaim | undefined;
  persistentVolume(name: string): PersistentVolume | undefined;
}

/** The held objects of a namespace. */
export function heldObjects(held: HeldObjects, namespace: string): ReferencedObjects & VolumeObjects {
  return {
    configMap: (name) => held.get(`configmaps/${namespace}/${name}`) as ConfigMap | undefined,
    secret: (name) => held.get(`secrets/${namespace}/${name}`) as Secret | undefined,
    claim: (name) => held.get(`persistentvolumeclaims/${namespace}/${name}`) as PersistentVolumeClaim | undefined,
    persistentVolume: (name) => held.get(`persistentvolumes//${name}`) as PersistentVolume | undefined,
    *services() {
      for (const object of held.all('services'))
        if (object.metadata.namespace === namespace) yield object as unknown as Service;
    },
  };
}

/** Which object a change is about, without the object itself: it may be gone. */
export interface ObjectName {
  /** Plural, as in keys of held objects. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The name in a key of a held object. */
export function nameOfKey(key: string): ObjectName {
  const [resource = '', namespace = '', name = ''] = key.split('/');
  return { resource, namespace, name };
}

/** The name of a held object; undefined for kinds no Pod names. */
export function nameOfObject({ kind, metadata, spec }: KubeObject): ObjectName | undefined {
  const { namespace = '', name = '' } = metadata;
  if (kind === 'ConfigMap') return { resource: 'configmaps', namespace, name };
  if (kind === 'Secret') return { resource: 'secrets', namespace, name };
  if (kind === 'PersistentVolumeClaim') return { resource: 'persistentvolumeclaims', namespace, name };
  if (kind !== 'PersistentVolume') return undefined;
  // a volume matters to the Pods of its claim
  const claim = (spec as PersistentVolume['spec'])?.claimRef;
  return { resource: 'persistentvolumeclaims', namespace: claim?.namespace ?? '', name: claim?.name ?? '' };
}

/** True when `pod` names that ConfigMap, Secret or PersistentVolumeClaim. */
export function mentions(pod: Pod, { resource, namespace, name }: ObjectName): boolean {
  if (pod.metadata.namespace !== namespace) return false;
  if (resource === 'configmaps') return podReferences(pod).configMaps.has(name);
  if (resource === 'secrets') return podReferences(pod).secrets.has(name);
  return resource === 'persistentvolumeclaims' && podReferences(pod).claims.has(name);
}
