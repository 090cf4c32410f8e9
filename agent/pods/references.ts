/** Which other objects a Pod names, and where they are found among the held ones. */
import type { ConfigMap, Secret } from '../../hub/api/config.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { podReferences } from '../../hub/api/pod-references.ts';
import type { Service } from '../../hub/api/service.ts';
import type { HeldObjects } from '../state/held.ts';
import type { ReferencedObjects } from './environment.ts';

/** The held objects of a namespace. */
export function heldObjects(held: HeldObjects, namespace: string): ReferencedObjects {
  return {
    configMap: (name) => held.get(`configmaps/${namespace}/${name}`) as ConfigMap | undefined,
    secret: (name) => held.get(`secrets/${namespace}/${name}`) as Secret | undefined,
    *services() {
      for (const object of held.all('services'))
        if (object.metadata.namespace === namespace) yield object as unknown as Service;
    },
  };
}

/** True when `pod` names `object`, a ConfigMap or Secret. */
export function mentions(pod: Pod, object: KubeObject): boolean {
  const { namespace, name } = object.metadata;
  if (pod.metadata.namespace !== namespace || name === undefined) return false;
  if (object.kind === 'ConfigMap') return podReferences(pod).configMaps.has(name);
  return object.kind === 'Secret' && podReferences(pod).secrets.has(name);
}
