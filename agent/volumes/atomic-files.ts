/**
 * Files of a volume that change together: a directory per version, `..data` pointing to the newest, names pointing into `..data`.
 *
 * INVARIANT: a reader sees all files of one version; the switch is one rename.
 */
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeFile } from './files.ts';

/** Makes `directory` hold exactly `files`; answers false when it did already. `group` owns them then. */
export async function writeFiles(
  directory: string,
  files: readonly VolumeFile[],
  options: { group?: number } = {},
): Promise<boolean> {
  const current = await readlink(join(directory, '..data')).catch(() => undefined);
  if (current !== undefined && (await same(join(directory, current), files))) return false;
  const version = `..${process.hrtime.bigint().toString(36)}`;
  await mkdir(join(directory, version), { recursive: true, mode: 0o755 });
  for (const file of files) await writeOne(join(directory, version, file.path), file, options.group);
  const pointer = join(directory, '..data_tmp');
  await rm(pointer, { force: true });
  await symlink(version, pointer);
  await rename(pointer, join(directory, '..data'));
  await link(directory, files);
  for (const name of await readdir(directory))
    if (/^\.\.[0-9a-z]+$/.test(name) && name !== '..data' && name !== version)
      await rm(join(directory, name), { recursive: true });
  return true;
}

async function writeOne(path: string, file: VolumeFile, group: number | undefined): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const mode = group === undefined ? file.mode : file.mode | ((file.mode & 0o600) >> 3);
  await writeFile(path, file.content, { mode });
  await chmod(path, mode);
  if (group !== undefined && process.getuid?.() === 0) await chown(path, -1, group);
}

/** The visible names: one link for each first part of a path; those of files that went are removed. */
async function link(directory: string, files: readonly VolumeFile[]): Promise<void> {
  const wanted = new Set(files.map((file) => file.path.split('/')[0] ?? ''));
  const present = new Set((await readdir(directory)).filter((name) => !name.startsWith('..')));
  for (const name of wanted) if (!present.has(name)) await symlink(join('..data', name), join(directory, name));
  for (const name of present) if (!wanted.has(name)) await rm(join(directory, name), { force: true });
}

async function same(version: string, files: readonly VolumeFile[]): Promise<boolean> {
  const found = await readdir(version, { recursive: true, withFileTypes: true }).catch(() => []);
  if (found.filter((entry) => entry.isFile()).length !== files.length) return false;
  for (const file of files) {
    const path = join(version, file.path);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined || info.size !== file.content.length) return false;
    if (!(await readFile(path)).equals(file.content)) return false;
  }
  return true;
}
