/** `coracle pause` and `unpause`: the control plane rests, the Pods do not. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { readRunFile } from '../../hub/base/daemon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { startDaemon, stopHub } from './daemon-process.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { Failure, notRunning } from './failure.ts';
import { nodeOnly } from './joined-node.ts';
import type { Terminal } from './terminal.ts';

/** How long a hub may take to be up, in milliseconds. */
const startTimeout = 60_000;

function needHub(dir: DataDir): void {
  const node = nodeOnly(dir);
  if (node !== undefined) {
    throw new Failure(`there is no control plane on this machine: it is node ${node.node}`, {
      next: `run the command on the hub (${node.host})`,
    });
  }
  if (!existsSync(dir.hub.settings)) throw notRunning(dir.root);
}

/** Adds both commands. */
export function addPause(program: Command, terminal: Terminal): void {
  withDataDir(program.command('pause'))
    .description('stop the control plane; Pods run on, here and on all nodes')
    .addHelpText('after', '\nNodes go on by what they know, also after a reboot. `coracle unpause` goes back.')
    .action(async (options: { dataDir?: string }) => {
      const dir = chosenDataDir(options);
      needHub(dir);
      const ran = await terminal.step('Stopping the hub', () => stopHub(dir));
      terminal.print(ran ? 'Paused; Pods run on.' : 'The hub was not running; nothing to pause.');
    });
  withDataDir(program.command('unpause'))
    .description('start the control plane again')
    .action(async (options: { dataDir?: string }) => {
      const dir = chosenDataDir(options);
      needHub(dir);
      if (readRunFile(dir.hub.run) !== undefined) return terminal.print('The hub runs already.');
      await terminal.step('Starting the hub', () =>
        startDaemon({ name: 'hub', files: dir.hub, root: dir.root, withParent: false, timeout: startTimeout }),
      );
      terminal.print('The hub runs again; nodes that were away report within seconds.');
    });
}
