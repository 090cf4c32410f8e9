/** Programs of this machine as entries of an image: the file, and the shared libraries it asks for. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import type { Entry } from './tar.ts';

/** The libraries a program is loaded with, by the path it asks for. Empty for a static one. */
function libraries(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+)/gm)].map((match) => match[1] ?? '').filter(existsSync);
}

/** Where a directory of this machine really is: /lib is /usr/lib here, and is not there in the image. */
const withDirectories = (paths: readonly string[]): Entry[] => {
  const directories = new Set(
    paths.flatMap((path) => {
      const parts = path.split('/').slice(1, -1);
      return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
    }),
  );
  return [...directories].sort().map((path) => ({ path }));
};

/** Entries for programs: each at its place in the image, libraries at theirs. */
export function programEntries(programs: readonly { from: string; path: string; mode?: number }[]): Entry[] {
  const needed = [...new Set(programs.flatMap(({ from }) => libraries(from)))];
  return [
    ...withDirectories([...needed, ...programs.map(({ path }) => `/${path}`)]),
    ...programs.map(({ from, path, mode = 0o755 }) => ({ path, file: { from: realpathSync(from) }, mode })),
    ...needed.map((path) => ({ path: path.slice(1), file: { from: realpathSync(path) } })),
  ];
}

/** Entries for files of this project, below `top`, at the paths they have in it. */
export function projectEntries(project: string, top: string, files: readonly string[]): Entry[] {
  const paths = files.map((file) => `/${top}/${file}`);
  return [
    ...withDirectories(paths),
    ...files.map((file) => ({ path: `${top}/${file}`, file: { from: `${project}/${file}` }, mode: 0o644 })),
  ];
}
