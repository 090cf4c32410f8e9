/** Making the folders of a data directory, or saying why that cannot be. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { Failure } from './failure.ts';
import { inWords } from './system-words.ts';

/** Makes `path` in the data directory, for its owner only. Throws Failure. */
export function makeDirectory(dir: DataDir, path: string): void {
  try {
    make(path);
  } catch (error) {
    throw notWritable(dir, error);
  }
}

/** The data directory cannot be written. */
export function notWritable(dir: DataDir, error: unknown): Failure {
  return new Failure(`the data directory ${dir.root} cannot be written: ${inWords(error)}`, {
    next: 'choose another one with --data-dir, or run as root',
    cause: error,
  });
}

/** Level by level: mkdir's own `recursive` never returns where a folder cannot be made, as in /proc. */
function make(path: string): void {
  if (existsSync(path)) return;
  make(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}
