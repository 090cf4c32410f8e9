/** Which other objects a Pod names, and where they are found among the held ones. */
import type { ConfigMap, Secret } from '../../hub/api/config.ts';
import type { Container } from '../../hub/api/container.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { Pod } from '../../hub/api/pod.ts';
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

/** True when `pod` names `object`, a ConfigMap or Secret, in a volume or an environment. */
export function mentions(pod: Pod, object: KubeObject): boolean {
  const { namespace, name } = object.metadata;
  if (pod.metadata.namespace !== namespace || name === undefined) return false;
  if (object.kind === 'ConfigMap') return configMapsOf(pod).has(name);
  if (object.kind === 'Secret') return secretsOf(pod).has(name);
  return false;
}

function all(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

function configMapsOf(pod: Pod): Set<string | undefined> {
  return new Set([
    ...(pod.spec.volumes ?? []).flatMap((volume) => [
      volume.configMap?.name,
      ...(volume.projected?.sources ?? []).map((source) => source.configMap?.name),
    ]),
    ...all(pod).flatMap((container) => [
      ...(container.envFrom ?? []).map((source) => source.configMapRef?.name),
      ...(container.env ?? []).map((variable) => variable.valueFrom?.configMapKeyRef?.name),
    ]),
  ]);
}

function secretsOf(pod: Pod): Set<string | undefined> {
  return new Set([
    ...(pod.spec.volumes ?? []).flatMap((volume) => [
      volume.secret?.secretName,
      ...(volume.projected?.sources ?? []).map((source) => source.secret?.name),
    ]),
    ...all(pod).flatMap((container) => [
      ...(container.envFrom ?? []).map((source) => source.secretRef?.name),
      ...(container.env ?? []).map((variable) => variable.valueFrom?.secretKeyRef?.name),
    ]),
  ]);
}
