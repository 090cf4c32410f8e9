/**
 * Parts of volumes: finds `subPath` in a volume whose files containers write, and never anything outside of it.
 *
 * INVARIANT: what is answered was reached from the volume's root by real directories only, each held while the next was
 * looked up; a link somebody puts in the way in the meantime makes it fail.
 */
import { chmod, type FileHandle, mkdir, open, realpath, rmdir, stat, unlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bindMount, unmountWithin } from './mount.ts';
import { below, pathOf, pin } from './pinned.ts';
import { VolumeError } from './volumes.ts';

/** Holds the file or directory `subPath` of a volume; makes it as a directory, with the volume's mode, when nothing is there. */
export async function pinSubPath(volume: string, subPath: string): Promise<FileHandle> {
  const root = await realpath(volume);
  const parts = subPath.split('/').filter((part) => part !== '' && part !== '.');
  if (subPath.startsWith('/') || parts.includes('..')) throw new VolumeError(`subPath "${subPath}" leaves its volume`);
  const { found, missing } = await follow(root, parts);
  const inside = relative(root, found);
  if (inside === '..' || inside.startsWith('../')) throw new VolumeError(`subPath "${subPath}" leaves its volume`);
  const mode = (await stat(root)).mode & 0o7777;
  const known = inside === '' ? [] : inside.split('/');
  let held = await pin(root);
  for (const [index, part] of [...known, ...missing].entries()) {
    const isNew = index >= known.length;
    const parent = held;
    held = await (isNew ? makeBelow(parent, part, mode) : pin(below(parent, part))).finally(() => parent.close());
    if ((await held.stat()).isSymbolicLink()) {
      await held.close();
      throw new VolumeError(`subPath "${subPath}" was changed while it was looked up`);
    }
  }
  return held;
}

/** How far the path leads, links followed, and what is not there yet. */
async function follow(root: string, parts: readonly string[]): Promise<{ found: string; missing: readonly string[] }> {
  for (let length = parts.length; length > 0; length--) {
    try {
      return { found: await realpath(join(root, ...parts.slice(0, length))), missing: parts.slice(length) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return { found: root, missing: parts };
}

async function makeBelow(parent: FileHandle, name: string, mode: number): Promise<FileHandle> {
  // a link that leads nowhere is found here: a name that exists is never made
  await mkdir(below(parent, name));
  const made = await pin(below(parent, name));
  // not through mkdir: the agent's umask would take from it
  if ((await made.stat()).isDirectory()) await chmod(pathOf(made), mode);
  return made;
}

/** Shows what is held at `target`, in place of whatever an earlier attempt showed there. */
export async function showAt(held: FileHandle, target: string): Promise<void> {
  const wanted = await held.stat();
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && isSame(present, wanted)) return;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await unmountWithin(join(await realpath(dirname(target)), target.slice(dirname(target).length + 1)));
  await makePlace(target, wanted.isDirectory());
  await bindMount(held, target);
  if (isSame(await stat(target), wanted)) return;
  throw new VolumeError(`the mount at ${target} is not what was meant`);
}

/** A directory is mounted on a directory, anything else on a file. */
async function makePlace(target: string, directory: boolean): Promise<void> {
  const present = await stat(target).catch(() => undefined);
  if (present !== undefined && present.isDirectory() !== directory) {
    await (present.isDirectory() ? rmdir(target) : unlink(target));
  }
  if (directory) await mkdir(target, { recursive: true, mode: 0o755 });
  else await (await open(target, 'a', 0o640)).close();
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}
