/**
 * Repositories of addons out of git. The clone is made by the command line on the hub's machine, with the keys of who calls it, so
 * that the hub itself talks to nobody; the hub then looks at it and takes it over whole or not at all.
 */
import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { incomingFolder, originFile, repositoriesFolder } from '../../hub/api/addon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { exitCodes, Failure } from './failure.ts';

/** Where a repository comes from. */
export interface GitSource {
  readonly url: string;
  /** A branch, a tag or a commit; `HEAD` is what the other side has checked out. */
  readonly reference: string;
}

/** How long git may take, in milliseconds. */
const patience = 120_000;

const referencePattern = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/;

/** Throws Failure unless git may be asked for this. Only these protocols: others run programs of the user's machine. */
export function checkSource({ url, reference }: GitSource): void {
  const usage = { exitCode: exitCodes.usage };
  const isAddress = /^(https|ssh|file):\/\/[^\s-][^\s]*$/.test(url) && url.length <= 1000;
  if (!isAddress)
    throw new Failure(`"${url}" is not an address of a git repository`, {
      next: 'use https://…, ssh://… or file:///…',
      ...usage,
    });
  if (!referencePattern.test(reference) || reference.includes('..'))
    throw new Failure(`"${reference}" is neither a branch, a tag nor a commit`, usage);
}

/** The directory of a repository that was taken over. */
export function repositoryDirectory(dir: DataDir, name: string): string {
  return join(dir.hub.dir, repositoriesFolder, name);
}

/** Fetches a repository and puts it where the hub takes it over; answers the commit. Rejects with Failure. */
export async function fetchRepository(dir: DataDir, name: string, source: GitSource): Promise<string> {
  const incoming = join(dir.hub.dir, repositoriesFolder, incomingFolder);
  const beside = join(incoming, `.${name}.${process.pid}`);
  const target = join(incoming, name);
  await mkdir(beside, { recursive: true, mode: 0o700 });
  try {
    await git(beside, ['init', '--quiet']);
    await git(beside, [
      ...['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules'],
      ...['--', source.url, source.reference],
    ]);
    await git(beside, ['checkout', '--quiet', '--detach', 'FETCH_HEAD']);
    const commit = (await git(beside, ['rev-parse', 'HEAD'])).trim();
    await rm(join(beside, '.git'), { recursive: true, force: true });
    await writeFile(join(beside, originFile), JSON.stringify({ ...source, commit }), { mode: 0o600 });
    await rm(target, { recursive: true, force: true });
    await rename(beside, target);
    return commit;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Nothing of a repository runs, and nobody is asked for a password. */
const safety = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.symlinks=false', '-c', 'init.defaultBranch=main'],
  ...['-c', 'protocol.allow=never', '-c', 'protocol.https.allow=always'],
  ...['-c', 'protocol.ssh.allow=always', '-c', 'protocol.file.allow=always'],
];

/** What was wrong, out of what git printed: its first complaint, as advice and what follows from it come after. */
export function gitCause(printed: string): string {
  const lines = printed.split('\n').filter((line) => line.trim() !== '' && !/^warning: /i.test(line));
  return (lines[0] ?? '').replace(/^(fatal|error): /, '');
}

function git(cwd: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_DIR: join(cwd, '.git'), GIT_WORK_TREE: cwd, LC_ALL: 'C' };
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      [...safety, ...args],
      { cwd, env, timeout: patience, maxBuffer: 2 ** 20 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          return reject(new Failure('git is not installed on this machine', { next: 'Debian: apt-get install git' }));
        const why =
          error.killed === true ? `it took longer than ${patience / 1000} s` : gitCause(stderr) || error.message;
        reject(new Failure(`git ${args[0] ?? ''}: ${why}`, { cause: error }));
      },
    );
  });
}
