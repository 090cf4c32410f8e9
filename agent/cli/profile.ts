/** Profiles: several clusters of one user, each a data directory with a name instead of a path. */
import { join } from 'node:path';
import { chooseDataDir } from '../../hub/base/data-dir.ts';
import { exitCodes, Failure } from './failure.ts';

const nameForm = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** The data directory of a profile: below the one that is used without. Throws Failure for a name that cannot be one. */
export function profileDir(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  if (!nameForm.test(name)) {
    throw new Failure(`no profile can be called "${name}"`, {
      next: 'use at most 40 of a-z, 0-9 and -, beginning and ending with a letter or digit',
      exitCode: exitCodes.usage,
    });
  }
  return join(chooseDataDir(undefined, environment), 'profiles', name);
}
