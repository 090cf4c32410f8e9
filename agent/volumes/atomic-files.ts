/**
 * Files of a volume that change together: a directory per version, `..data` pointing to the newest, names pointing into `..data`.
 *
 * INVARIANTS: a reader sees all files of one version; the switch is one rename; a version that could not be written whole
 * is removed and never pointed to.
 */
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type GroupOwner, giveToGroup, groupBits } from './ownership.ts';
import type { VolumeFile } from './volume-file.ts';

const data = '..data';
const nextData = '..data_tmp';

/** Makes `directory` hold exactly `files`; answers false when it did already. `owner` may read them then. */
export async function writeFiles(
  directory: string,
  files: readonly VolumeFile[],
  owner?: GroupOwner,
): Promise<boolean> {
  const current = await readlink(join(directory, data)).catch(() => undefined);
  const unchanged = current !== undefined && (await same(join(directory, current), files, owner));
  if (!unchanged) await writeVersion(directory, files, owner);
  await link(directory, files);
  if (!unchanged) await removeOld(directory);
  return !unchanged;
}

async function writeVersion(
  directory: string,
  files: readonly VolumeFile[],
  owner: GroupOwner | undefined,
): Promise<void> {
  const version = await mkdtemp(join(directory, `..${timeName(new Date())}.`));
  try {
    await chmod(version, 0o755);
    for (const file of files) {
      const path = join(version, file.path);
      if (file.path.includes('/')) await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      await writeOne(path, file);
    }
    if (owner !== undefined) await giveToGroup(version, { ...owner, onlyIfRootDiffers: false });
    await rm(join(directory, nextData), { force: true });
    await symlink(basename(version), join(directory, nextData));
    await rename(join(directory, nextData), join(directory, data));
  } catch (error) {
    await rm(version, { recursive: true, force: true });
    throw error;
  }
}

/** `2026_01_31_23_59_59`. */
function timeName(time: Date): string {
  return time.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_');
}

async function writeOne(path: string, file: VolumeFile): Promise<void> {
  await writeFile(path, file.content, { mode: 0o600, flag: 'wx' });
  if (file.owner !== undefined && process.getuid?.() === 0) await chown(path, file.owner, -1);
  await chmod(path, file.mode);
}

/** The visible names: one link for each first part of a path; those of files that went are removed. */
async function link(directory: string, files: readonly VolumeFile[]): Promise<void> {
  const wanted = new Set(files.map((file) => file.path.split('/')[0] ?? ''));
  const present = new Set((await readdir(directory)).filter((name) => !name.startsWith('..')));
  for (const name of wanted) if (!present.has(name)) await symlink(join(data, name), join(directory, name));
  for (const name of present) if (!wanted.has(name)) await unlink(join(directory, name));
}

/** Removes every version but the one that is pointed to; also what a life that ended in between left. */
async function removeOld(directory: string): Promise<void> {
  const current = await readlink(join(directory, data));
  for (const name of await readdir(directory))
    if (name.startsWith('..') && name !== data && name !== current)
      await rm(join(directory, name), { recursive: true, force: true });
}

async function same(version: string, files: readonly VolumeFile[], owner: GroupOwner | undefined): Promise<boolean> {
  const found = await readdir(version, { recursive: true, withFileTypes: true }).catch(() => []);
  if (found.filter((entry) => entry.isFile()).length !== files.length) return false;
  const asRoot = process.getuid?.() === 0;
  const bits = owner === undefined ? 0 : groupBits(owner, false);
  for (const file of files) {
    const path = join(version, file.path);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined || info.size !== file.content.length) return false;
    if ((info.mode & 0o7777) !== (file.mode | bits)) return false;
    if (owner !== undefined && info.gid !== owner.group) return false;
    if (asRoot && info.uid !== (file.owner ?? 0)) return false;
    if (!(await readFile(path)).equals(file.content)) return false;
  }
  return true;
}
