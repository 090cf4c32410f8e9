/** Putting a Pod's volumes on disk: one directory a volume below the Pod's own. */
import { chmod, chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pod, Volume } from '../../hub/api/pod.ts';
import { writeFiles } from './atomic-files.ts';
import { configMapFiles, downwardFiles, projectedFiles, secretFiles, type VolumeFile } from './files.ts';
import { VolumeError, type Volumes, type VolumeSources } from './volumes.ts';

/** Makes volumes below `dir`. */
export function createVolumes(options: { dir: string }): Volumes {
  return {
    async prepare(pod, sources) {
      await mkdir(options.dir, { recursive: true, mode: 0o711 });
      const paths = new Map<string, string>();
      const own = join(options.dir, pod.metadata.uid ?? '');
      if ((pod.spec.volumes ?? []).length > 0) await keepPrivate(own, pod);
      for (const volume of pod.spec.volumes ?? []) {
        const path = join(own, 'volumes', volume.name);
        paths.set(volume.name, await prepareOne(volume, path, pod, sources));
      }
      return paths;
    },
    remove: (uid) => rm(join(options.dir, uid), { recursive: true, force: true }),
  };
}

/**
 * Makes the directory of a Pod one that only whom it runs as can enter: Secrets lie in it, and this machine may have
 * other users. Where containers run as several users it can be passed by all, and shows nothing.
 */
async function keepPrivate(directory: string, pod: Pod): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [user, ...others] = usersOf(pod);
  if (process.getuid?.() === 0) await chown(directory, user ?? 0, 0);
  await chmod(directory, others.length === 0 ? 0o700 : 0o711);
}

/** The users a Pod's containers run as. */
function usersOf({ spec }: Pod): Set<number> {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return new Set(containers.map((one) => one.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? 0));
}

/** API: exactly one source is set. One recogniser a source; the rest is refused by name. */
async function prepareOne(volume: Volume, path: string, pod: Pod, sources: VolumeSources): Promise<string> {
  if (volume.emptyDir !== undefined) return emptyDir(path);
  if (volume.hostPath !== undefined) return hostPath(volume.hostPath.path, volume.hostPath.type ?? '');
  const files = await filesOf(volume, sources);
  if (files === undefined) {
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
    throw new VolumeError(`volume "${volume.name}": this node cannot provide volumes of kind ${kind}`);
  }
  await mkdir(path, { recursive: true, mode: 0o755 });
  const group = pod.spec.securityContext?.fsGroup;
  await writeFiles(path, files, group === undefined ? {} : { group });
  return path;
}

async function filesOf(volume: Volume, sources: VolumeSources): Promise<VolumeFile[] | undefined> {
  if (volume.configMap !== undefined) return configMapFiles(volume.configMap, sources);
  if (volume.secret !== undefined) return secretFiles(volume.secret, sources);
  if (volume.downwardAPI !== undefined) return downwardFiles(volume.downwardAPI, sources);
  if (volume.projected !== undefined) return projectedFiles(volume.projected, sources);
  return undefined;
}

async function emptyDir(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await mkdir(path, { mode: 0o777 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return path;
}

/** API: hostPath type; '' checks nothing. */
async function hostPath(path: string, type: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined && (type === 'DirectoryOrCreate' || type === '')) {
    await mkdir(path, { recursive: true, mode: 0o755 });
    return path;
  }
  if (found === undefined && type === 'FileOrCreate') {
    await writeFile(path, '', { flag: 'wx', mode: 0o644 });
    return path;
  }
  const fits: Readonly<Record<string, () => boolean>> = {
    '': () => true,
    DirectoryOrCreate: () => found?.isDirectory() === true,
    Directory: () => found?.isDirectory() === true,
    FileOrCreate: () => found?.isFile() === true,
    File: () => found?.isFile() === true,
    Socket: () => found?.isSocket() === true,
    CharDevice: () => found?.isCharacterDevice() === true,
    BlockDevice: () => found?.isBlockDevice() === true,
  };
  if (fits[type]?.() !== true) throw new VolumeError(`hostPath type check failed: ${path} is not a ${type}`);
  return path;
}
