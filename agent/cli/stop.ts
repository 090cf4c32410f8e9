/** `coracle stop`: stops agent and hub of this data directory. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { readRunFile } from '../../hub/base/daemon.ts';
import { stopAgent, stopHub } from './daemon-process.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import type { Terminal } from './terminal.ts';

/** Adds the command. */
export function addStop(program: Command, terminal: Terminal): void {
  withDataDir(program.command('stop'))
    .description('stop hub, agent and the Pods of this machine')
    .action(async (options: { dataDir?: string }) => {
      const stopped = await stopAll(chosenDataDir(options), terminal);
      terminal.print(stopped ? 'Stopped.' : 'Nothing was running.');
    });
}

/** Stops the agent first, so that the hub learns of it; with `forget` nothing of its Pods is left. True when something ran. */
export async function stopAll(dir: DataDir, terminal: Terminal, options: { forget?: boolean } = {}): Promise<boolean> {
  let ran = false;
  if (existsSync(dir.agent.dir))
    ran = await terminal.step('Stopping the agent and its Pods', () => stopAgent(dir, options));
  if (readRunFile(dir.hub.run) !== undefined) {
    await terminal.step('Stopping the hub', () => stopHub(dir));
    ran = true;
  }
  return ran;
}
