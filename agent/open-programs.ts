/** Puts the command `coracle` where Pods of the process runtime find it. Part of the wiring. */
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** Text for a POSIX shell that is one word. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** The two lines that start programs of a clone. */
async function launcher(): Promise<string> {
  const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const flags = JSON.parse(await readFile(place('daemon-flags.json'), 'utf8')) as { program: string[] };
  const cache = process.env['NODE_COMPILE_CACHE'];
  const environment = cache === undefined ? [] : ['env', `NODE_COMPILE_CACHE=${cache}`];
  const words = [...environment, process.execPath, ...flags.program, place('programs.ts')];
  return `#!/bin/sh\nexec ${words.map(quoted).join(' ')} "$@"\n`;
}

/**
 * Makes `directory` with `coracle` in it and nothing else: this binary, or a launcher of this clone. What was there before is
 * replaced in one step, since Pods that run may look at any time.
 */
export async function openPrograms(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const beside = join(directory, `.coracle.${process.pid}`);
  await rm(beside, { force: true });
  if (isSea()) await symlink(process.execPath, beside);
  else await writeFile(beside, await launcher(), { mode: 0o755 });
  await rename(beside, join(directory, 'coracle'));
}
