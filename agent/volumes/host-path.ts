/** hostPath volumes: a file or directory of the node itself. */
import { mkdir, open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type { HostPathVolumeSource } from '../../hub/api/pod.ts';
import { ignoreMissing } from './missing.ts';
import { VolumeError } from './volumes.ts';

interface Expected {
  readonly words: string;
  fits(info: Stats): boolean;
}

const directory: Expected = { words: 'directory', fits: (info) => info.isDirectory() };
const file: Expected = { words: 'file', fits: (info) => info.isFile() };

/** API: hostPath type. */
const types: Readonly<Record<string, Expected>> = {
  Directory: directory,
  DirectoryOrCreate: directory,
  File: file,
  FileOrCreate: file,
  Socket: { words: 'socket file', fits: (info) => info.isSocket() },
  CharDevice: { words: 'character device', fits: (info) => info.isCharacterDevice() },
  BlockDevice: { words: 'block device', fits: (info) => info.isBlockDevice() },
};

/** Checks it as its type says, and makes what is to be made. Idempotent. Rejects with VolumeError. */
export async function placeHostPath({ path, type = '' }: HostPathVolumeSource): Promise<void> {
  const expected = types[type];
  if (expected === undefined && type !== '') throw new VolumeError(`${type} is an invalid volume type`);
  const found = await stat(path).catch(ignoreMissing);
  if (found === undefined) return makeMissing(path, type);
  if (expected !== undefined && !expected.fits(found))
    throw new VolumeError(`hostPath type check failed: ${path} is not a ${expected.words}, it's a ${nameOf(found)}`);
}

async function makeMissing(path: string, type: string): Promise<void> {
  // '' checks nothing: container runtimes make a missing one as a directory
  if (type === 'DirectoryOrCreate' || type === '') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
  else throw new VolumeError(`hostPath ${path} doesn't exist`);
}

function nameOf(info: Stats): string {
  const name = ['Directory', 'File', 'Socket', 'CharDevice', 'BlockDevice'].find((each) => types[each]?.fits(info));
  return name ?? 'file of another kind';
}
