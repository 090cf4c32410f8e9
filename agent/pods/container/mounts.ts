/** What a container sees of the Pod's volumes, and where. */
import type { Container } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Mount } from '../../runtime/container.ts';
import { RuntimeError } from '../../runtime/runtime.ts';
import { type PlacedVolume, VolumeError, type Volumes } from '../../volumes/volumes.ts';
import { expand } from './environment.ts';

/** A mount whose `hostPath` is still the whole volume's. */
export interface PlannedMount {
  readonly mount: Mount;
  /** The part of the volume that is meant; empty: all of it. */
  readonly subPath: string;
}

function refuse(message: string, cause?: unknown): RuntimeError {
  return new RuntimeError('CreateContainerConfigError', message, { cause });
}

/** The mounts a container asks for. Pure. Throws RuntimeError CreateContainerConfigError in a kubelet's words. */
export function plannedMounts(
  pod: Pod,
  container: Container,
  volumes: ReadonlyMap<string, PlacedVolume>,
  environment: Readonly<Record<string, string>>,
): PlannedMount[] {
  return (container.volumeMounts ?? []).map((wish) => {
    const volume = volumes.get(wish.name);
    if (volume === undefined) {
      const known = pod.spec.volumes?.some((each) => each.name === wish.name) === true;
      throw refuse(
        known ? `volume "${wish.name}" is not ready` : `volume "${wish.name}" is not one of the Pod's volumes`,
      );
    }
    const { mountPath, mountPropagation } = wish;
    return {
      subPath: wish.subPathExpr ? expanded(wish.subPathExpr, environment) : checked(wish.subPath ?? ''),
      mount: {
        volume: wish.name,
        hostPath: volume.path,
        // API: a relative path counts from the container's root
        containerPath: mountPath.startsWith('/') ? mountPath : `/${mountPath}`,
        readOnly: wish.readOnly === true || volume.readOnly,
        ...(wish.recursiveReadOnly === 'Enabled' ? { recursiveReadOnly: true } : {}),
        ...(mountPropagation === undefined
          ? {}
          : { propagation: mountPropagation as NonNullable<Mount['propagation']> }),
      },
    };
  });
}

/** API: every variable of a subPathExpr must have a value. */
function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  const missing = new Set<string>();
  for (const [whole, name = ''] of text.matchAll(/\$\$|\$\(([^()]*)\)/g))
    if (whole !== '$$' && (environment[name] ?? '') === '') missing.add(name);
  if (missing.size > 0) throw refuse(`missing value for ${[...missing].sort().join(', ')}`);
  return checked(expand(text, environment));
}

function checked(subPath: string): string {
  if (subPath.startsWith('/')) throw refuse(`error SubPath \`${subPath}\` must not be an absolute path`);
  if (subPath.split('/').includes('..'))
    throw refuse(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  return subPath;
}

/** Puts the parts of volumes in place. Rejects with RuntimeError CreateContainerConfigError. */
export async function placeMounts(
  volumes: Volumes,
  uid: string,
  container: string,
  planned: readonly PlannedMount[],
  placed: ReadonlyMap<string, PlacedVolume>,
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const [index, { mount, subPath }] of planned.entries()) {
    const volume = placed.get(mount.volume);
    if (subPath === '' || volume === undefined) mounts.push(mount);
    else {
      try {
        mounts.push({ ...mount, hostPath: await volumes.subPath({ uid, container, index, volume, subPath }) });
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        // what lies on the node is not the user's to know
        throw refuse(`failed to prepare subPath for volumeMount "${mount.volume}" of container "${container}"`, error);
      }
    }
  }
  return mounts;
}
