/**
 * Directories held by a file descriptor: a name below one is looked up in exactly that directory, wherever somebody
 * moves it and whatever they put in its old place. What openat(2) and its kin are to C.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';

/** Linux: open(2) O_PATH; the same on every architecture Node runs on there. */
const oPath = 0o10000000;

/** A path of `name` in the pinned directory; symbolic links in its last part are the caller's matter. */
export function below(directory: FileHandle, name: string): string;
export function below(directory: FileHandle, name: Buffer): Buffer;
export function below(directory: FileHandle, name: string | Buffer): string | Buffer {
  const start = `${pathOf(directory)}/`;
  return typeof name === 'string' ? start + name : Buffer.concat([Buffer.from(start), name]);
}

/** A path that leads to the very file of `handle`. */
export function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

/** Holds a file without opening it; a symbolic link is held itself, not followed. */
export function pin(path: string | Buffer): Promise<FileHandle> {
  return open(path, oPath | constants.O_NOFOLLOW);
}

/** Opens a directory for reading; rejects with ELOOP or ENOTDIR for anything else. */
export function pinDirectory(path: string | Buffer): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** Which mount a held file was reached through; tells bind mounts of one file system apart. */
export async function mountOf(handle: FileHandle): Promise<string> {
  const info = await readFile(`/proc/self/fdinfo/${handle.fd}`, 'latin1');
  return /^mnt_id:\s*(\d+)/m.exec(info)?.[1] ?? '';
}
