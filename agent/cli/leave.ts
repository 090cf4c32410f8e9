/** `coracle leave`: takes this machine out of its hub's cluster. */
import { rmSync } from 'node:fs';
import type { Command } from 'commander';
import { again } from './again.ts';
import { agentFiles, storageOf, storedVolumes, unmountAgent } from './agent-files.ts';
import { stopAgent } from './daemon-process.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { Failure } from './failure.ts';
import { leaveNetwork } from './leave-network.ts';
import { joinedNode } from './joined-node.ts';
import type { Terminal } from './terminal.ts';

/** Adds the command. */
export function addLeave(program: Command, terminal: Terminal): void {
  withDataDir(program.command('leave'))
    .description('stop being a node: ends the Pods here and forgets the hub; what they have stored stays')
    .action(async (options: { dataDir?: string }) => {
      const dir = chosenDataDir(options);
      const joined = joinedNode(dir);
      if (joined === undefined) {
        throw new Failure(`this machine is no node (data directory ${dir.root})`, {
          next: `join a hub with the line \`coracle add-node\` prints there: ${again('join HOST:PORT/TOKEN/CAHASH')}`,
        });
      }
      await terminal.step('Stopping the agent and its Pods', () => stopAgent(dir, { forget: true }));
      await leaveNetwork(dir);
      await unmountAgent(dir);
      const kept = storedVolumes(dir);
      for (const path of agentFiles(dir, kept.length > 0)) rmSync(path, { recursive: true, force: true });
      terminal.print(
        `This machine has left. On the hub, \`coracle remove-node ${joined.node}\` takes its name off the list.`,
      );
      if (kept.length === 0) return;
      terminal.note(
        `  ${kept.length} volumes of Pods stay in ${storageOf(dir)}; ${again('reset --destroy-storage')} removes them`,
      );
    });
}
