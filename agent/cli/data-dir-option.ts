/** The --data-dir option every command has. */
import { type Command, Option } from 'commander';
import { chooseDataDir, type DataDir, dataDir } from '../../hub/base/data-dir.ts';

/** Adds the option. */
export function withDataDir(command: Command): Command {
  const text = 'where this machine keeps the state (default: $CORACLE_DATA_DIR, else /var/lib/coracle for root)';
  return command.addOption(new Option('--data-dir <dir>', text));
}

/** The data directory a command was called for. */
export function chosenDataDir(options: { dataDir?: string }): DataDir {
  return dataDir(chooseDataDir(options.dataDir));
}
