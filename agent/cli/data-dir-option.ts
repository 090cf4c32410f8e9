/** The --data-dir option every command has. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { chooseDataDir, type DataDir, dataDir } from '../../hub/base/data-dir.ts';
import { exitCodes, Failure } from './failure.ts';

/** Adds the option. */
export function withDataDir(command: Command): Command {
  const text = 'where this machine keeps the state (default: $CORACLE_DATA_DIR, else /var/lib/coracle for root)';
  // also for the commands below this one, and for the programs they start
  command.on('option:data-dir', (dir: string) => {
    if (dir === '') throw new Failure('--data-dir has no value', { exitCode: exitCodes.usage });
    process.env['CORACLE_DATA_DIR'] = resolve(dir);
  });
  return command.addOption(new Option('--data-dir <dir>', text));
}

/** The data directory a command was called for. Throws Failure when this user may not read what is there. */
export function chosenDataDir(options: { dataDir?: string }, access: typeof accessSync = accessSync): DataDir {
  const root = chooseDataDir(options.dataDir);
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new Failure(`the data directory ${root} is no directory`, { next: 'choose another one with --data-dir' });
  try {
    access(root, constants.R_OK | constants.X_OK);
  } catch (error) {
    // what is not there yet is made, or missed, by the command itself
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw notReadable(root, error);
  }
  return dataDir(root);
}

function notReadable(root: string, cause: unknown): Failure {
  return new Failure(`this user may not read the data directory ${root}`, {
    next: 'run this as the user it belongs to (sudo coracle …), or choose another one with --data-dir',
    cause,
  });
}
