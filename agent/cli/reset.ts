/** `coracle reset`: back to an empty data directory, but for what Pods have stored in volumes, unless that is to go too. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { again } from './again.ts';
import { agentFiles, storageOf, storedVolumes, unmountAgent } from './agent-files.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { leaveNetwork } from './leave-network.ts';
import { stopAll } from './stop.ts';
import type { Terminal } from './terminal.ts';

/** What `coracle restore` set aside, or did not come to an end with: certificates and keys of the cluster are in there as well. */
const setAside = /^(hub-before-.+|restoring)$/;

/** Adds the command. Works on a broken installation too: it needs nothing but the files. */
export function addReset(program: Command, terminal: Terminal): void {
  withDataDir(program.command('reset'))
    .description('stop everything here and forget the cluster: objects, certificates and this node')
    .option('--destroy-storage', 'remove what Pods have stored in volumes as well')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle reset\n  coracle backup last.backup && coracle reset --destroy-storage',
    )
    .action(async (options: { dataDir?: string; destroyStorage?: boolean }) => {
      const dir = chosenDataDir(options);
      await stopWhatCan(dir, terminal);
      await leaveNetwork(dir);
      await unmountAgent(dir);
      const kept = options.destroyStorage === true ? [] : storedVolumes(dir);
      const there = [dir.hub.dir, ...agentFiles(dir, kept.length > 0), dir.kubeconfig, ...leftOver(dir)].filter(
        (path) => existsSync(path),
      );
      for (const path of there) rmSync(path, { recursive: true, force: true });
      if (there.length === 0) return terminal.print(`There was nothing in ${dir.root}.`);
      if (kept.length === 0) return terminal.print(`${dir.root} is empty again.`);
      terminal.print(`${dir.root} is empty again, but for ${kept.length} volumes in ${storageOf(dir)}.`);
      terminal.note(`  ${again('reset --destroy-storage')} removes them, too`);
    });
}

/** What does not stop in the ordinary way is no reason to stay: whoever resets wants to be rid of it. */
async function stopWhatCan(dir: DataDir, terminal: Terminal): Promise<void> {
  try {
    await stopAll(dir, terminal, { forget: true });
  } catch (error) {
    terminal.note(`coracle: ${(error as Error).message}`);
    terminal.note('  going on; containers of a runtime that does not answer are left to it (crictl rmp --all --force)');
    // the hub's turn comes after the agent's
    await stopAll({ ...dir, agent: { ...dir.agent, dir: join(dir.root, 'no-agent') } }, terminal);
  }
}

function leftOver(dir: DataDir): string[] {
  if (!existsSync(dir.root)) return [];
  return readdirSync(dir.root)
    .filter((name) => setAside.test(name))
    .map((name) => join(dir.root, name));
}
