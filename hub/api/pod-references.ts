/** Which other objects a Pod names: what its node needs, and all its node may read. */
import type { Container } from './container.ts';
import type { Pod, Volume } from './pod.ts';

/** Names of objects in the Pod's own namespace. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly serviceAccount: string;
}

interface Found {
  readonly secrets: Set<string>;
  readonly configMaps: Set<string>;
  readonly claims: Set<string>;
}

function add(names: Set<string>, name: unknown): void {
  if (typeof name === 'string' && name !== '') names.add(name);
}

function fromContainer(container: Pick<Container, 'env' | 'envFrom'>, found: Found): void {
  for (const { valueFrom } of container.env ?? []) {
    add(found.secrets, valueFrom?.secretKeyRef?.name);
    add(found.configMaps, valueFrom?.configMapKeyRef?.name);
  }
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    add(found.secrets, secretRef?.name);
    add(found.configMaps, configMapRef?.name);
  }
}

/** Volume sources of storage drivers that carry credentials, and the field they stand in. */
const driverSecrets: readonly (readonly [keyof Volume, string])[] = [
  ['cephfs', 'secretRef'],
  ['cinder', 'secretRef'],
  ['csi', 'nodePublishSecretRef'],
  ['flexVolume', 'secretRef'],
  ['iscsi', 'secretRef'],
  ['rbd', 'secretRef'],
  ['scaleIO', 'secretRef'],
  ['storageos', 'secretRef'],
];

function fromVolume(pod: Pod, volume: Volume, found: Found): void {
  add(found.secrets, volume.secret?.secretName);
  add(found.configMaps, volume.configMap?.name);
  add(found.claims, volume.persistentVolumeClaim?.claimName);
  add(found.secrets, (volume.azureFile as { secretName?: string } | undefined)?.secretName);
  if (volume.ephemeral !== undefined) add(found.claims, `${pod.metadata.name}-${volume.name}`);
  for (const source of volume.projected?.sources ?? []) {
    add(found.secrets, source.secret?.name);
    add(found.configMaps, source.configMap?.name);
  }
  for (const [driver, field] of driverSecrets) {
    const reference = (volume[driver] as Record<string, { name?: string } | undefined> | undefined)?.[field];
    add(found.secrets, reference?.name);
  }
}

/** Everything `pod` names in its spec. */
export function podReferences(pod: Pod): PodReferences {
  const found: Found = { secrets: new Set(), configMaps: new Set(), claims: new Set() };
  const { spec } = pod;
  for (const { name } of spec.imagePullSecrets ?? []) add(found.secrets, name);
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  for (const container of containers) fromContainer(container, found);
  for (const volume of spec.volumes ?? []) fromVolume(pod, volume, found);
  return { ...found, serviceAccount: spec.serviceAccountName ?? '' };
}
