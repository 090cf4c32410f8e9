/** The files of a bundle: gathered, summed up, and made one. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { WrongFile } from './checks.mjs';

/** Everything in a bundle is of this time, so that the same files make the same bundle; the package of Debian as well. */
const epoch = 1_700_000_000;

/** Copies a file into a folder of the bundle. Throws WrongFile where two would have one name. */
export function copyInto(folder, file, { name = basename(file), mode = 0o644 } = {}) {
  const target = join(folder, name);
  if (existsSync(target)) throw new WrongFile(`${file}: there is a ${name} in the bundle already`);
  mkdirSync(folder, { recursive: true });
  // not the link, where it is one
  copyFileSync(file, target);
  chmodSync(target, mode);
}

/** Puts `NAME=PATH`, a repository of addons, into `folder` as one file of git's, with what is checked out there as its HEAD. */
export function addRepository(folder, text) {
  const [, name = '', path = ''] = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)=(.+)$/.exec(text) ?? [];
  if (name === '') throw new WrongFile(`--addons ${text}: it is NAME=PATH`);
  const git = (...args) => execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
  const target = join(folder, `${name}.bundle`);
  if (existsSync(target)) throw new WrongFile(`--addons ${text}: there is a ${name} in the bundle already`);
  mkdirSync(folder, { recursive: true });
  try {
    // many threads would pack the same objects in one way or another
    git('-C', resolve(path), '-c', 'pack.threads=1', 'bundle', 'create', '--quiet', target, 'HEAD');
  } catch {
    throw new WrongFile(`--addons ${text}: ${path} is no git repository with a commit`);
  }
}

/** SHA-256 of a file in hexadecimal; files may be larger than memory. */
export function digestOf(file) {
  const hash = createHash('sha256');
  const part = Buffer.alloc(2 ** 20);
  const opened = openSync(file, 'r');
  try {
    for (let read = readSync(opened, part); read > 0; read = readSync(opened, part)) hash.update(part.subarray(0, read));
  } finally {
    closeSync(opened);
  }
  return hash.digest('hex');
}

/** Writes what the bundle is for, and the digest of everything in it. `install.sh` installs nothing else. */
export function writeSums(root, architecture) {
  writeFileSync(join(root, 'architecture'), `${architecture}\n`);
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
  writeFileSync(join(root, 'SHA256SUMS'), files.map((name) => `${digestOf(join(root, name))}  ${name}\n`).join(''));
}

/** Makes one file of `folder/name` and returns its path. */
export function pack({ folder, name, quick }) {
  const output = join(folder, `${name}.tar.xz`);
  const draft = `${output}.new`;
  execFileSync(
    'tar',
    [
      ...['--create', '--xz', '--file', draft, '--directory', folder, '--format=gnu', '--sort=name'],
      ...['--owner=0', '--group=0', '--numeric-owner', '--mode=go-w', `--mtime=@${epoch}`, name],
    ],
    // a number of threads of its own: what one thread writes differs from what many do
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, XZ_OPT: quick ? '-0 --threads=2' : '-6 --threads=2' } },
  );
  renameSync(draft, output);
  return output;
}
