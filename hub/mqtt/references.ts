/** What a Pod names: the ConfigMaps, Secrets and the RuntimeClass its node needs besides the Pod itself. */
import type { Container, EnvFromSource, EnvVar } from '../api/container.ts';
import type { ObjectKey } from '../api/link.ts';
import type { Pod, Volume } from '../api/pod.ts';

/** The keys of everything `pod` names, each once. Services of images and claims are not part of the link. */
export function referencesOf(pod: Pod): Set<ObjectKey> {
  const namespace = pod.metadata.namespace ?? '';
  const keys = new Set<ObjectKey>();
  const add = (resource: 'configmaps' | 'secrets', name: string | undefined): void => {
    if (name !== undefined && name !== '') keys.add(`${resource}/${namespace}/${name}`);
  };
  const { spec } = pod;
  const containers: Pick<Container, 'env' | 'envFrom'>[] = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ];
  for (const container of containers) {
    for (const variable of container.env ?? []) addVariable(variable, add);
    for (const source of container.envFrom ?? []) addSource(source, add);
  }
  for (const volume of spec.volumes ?? []) addVolume(volume, add);
  for (const secret of spec.imagePullSecrets ?? []) add('secrets', secret.name);
  if (spec.runtimeClassName !== undefined) keys.add(`runtimeclasses//${spec.runtimeClassName}`);
  return keys;
}

type Add = (resource: 'configmaps' | 'secrets', name: string | undefined) => void;

function addVariable(variable: EnvVar, add: Add): void {
  add('configmaps', variable.valueFrom?.configMapKeyRef?.name);
  add('secrets', variable.valueFrom?.secretKeyRef?.name);
}

function addSource(source: EnvFromSource, add: Add): void {
  add('configmaps', source.configMapRef?.name);
  add('secrets', source.secretRef?.name);
}

function addVolume(volume: Volume, add: Add): void {
  add('configmaps', volume.configMap?.name);
  add('secrets', volume.secret?.secretName);
  for (const source of volume.projected?.sources ?? []) {
    add('configmaps', source.configMap?.name);
    add('secrets', source.secret?.name);
  }
}
