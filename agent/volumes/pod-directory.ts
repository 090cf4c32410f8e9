/** Where the volumes of a Pod lie below the agent's directory, and who may enter there. */
import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../hub/api/pod.ts';
import { processUsers } from './pod-user.ts';
import { VolumeError } from './volumes.ts';

/** The places of one Pod. */
export interface PodDirectory {
  readonly root: string;
  /** Directories of volumes by name, and mounts of memory. */
  readonly volumes: string;
  /** Places images are shown at, by volume name. */
  readonly images: string;
  /** Mounts of parts of volumes: `<container>/<place among its mounts>`. */
  readonly subPaths: string;
  /** A file for each volume that was given to the Pod's group. */
  readonly given: string;
}

/** What Kubernetes accepts as names and uids; nothing that leads elsewhere. */
const harmless = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** `name` as one part of a path. Throws VolumeError when it could be anything else. */
export function pathPart(name: string): string {
  if (!harmless.test(name)) throw new VolumeError(`"${name}" cannot be the name of a directory`);
  return name;
}

/** The places of the Pod `uid`. Throws VolumeError when that is no uid. */
export function podDirectory(dir: string, uid: string): PodDirectory {
  const root = join(dir, pathPart(uid));
  const at = (name: string): string => join(root, name);
  return { root, volumes: at('volumes'), images: at('images'), subPaths: at('subpaths'), given: at('given') };
}

/**
 * Makes the directory one that only who needs it can enter: Secrets lie in it, and this machine may have other users.
 * Containers that see their volumes by mounts need no way through it. Host processes do: where all are of one user it is
 * theirs, else it can be passed by all, and shows nothing.
 */
export async function makePodDirectory({ root, volumes }: PodDirectory, pod: Pod, mounts: boolean): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(volumes, { recursive: true, mode: 0o755 });
  const [user, ...others] = mounts ? [0] : processUsers(pod);
  if (process.getuid?.() === 0) await chown(root, user ?? 0, 0);
  await chmod(root, others.length === 0 ? 0o700 : 0o711);
}

/**
 * Gives a volume to the Pod's group, once in the Pod's life: what containers make of their files afterwards is theirs to
 * say. One that was interrupted is given again.
 */
export async function giveOnce(place: PodDirectory, volume: string, give: () => Promise<void>): Promise<void> {
  const mark = join(place.given, pathPart(volume));
  if ((await stat(mark).catch(() => undefined)) !== undefined) return;
  await give();
  await mkdir(place.given, { recursive: true, mode: 0o700 });
  await writeFile(mark, '');
}
