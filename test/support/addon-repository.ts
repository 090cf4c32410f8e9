/** A git repository of addons in a directory of the test's own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository. */
export interface AddonRepository {
  readonly url: string;
  /** Writes files and commits them. */
  commit(files: Readonly<Record<string, string>>): void;
}

/** Makes it in `directory`, with `addons.yaml`. */
export function createAddonRepository(directory: string): AddonRepository {
  const git = (...args: string[]): void => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'init.defaultBranch=main'];
    execFileSync('git', [...who, ...args], { cwd: directory, stdio: 'ignore' });
  };
  const repository: AddonRepository = {
    url: `file://${directory}`,
    commit(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, name)), { recursive: true });
        writeFileSync(join(directory, name), text);
      }
      git('add', '--all');
      git('commit', '--quiet', '--message', 'change');
    },
  };
  mkdirSync(directory, { recursive: true });
  git('init', '--quiet');
  repository.commit({ 'addons.yaml': 'name: trial\ndescription: Addons to try\n' });
  return repository;
}
