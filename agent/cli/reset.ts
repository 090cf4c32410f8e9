/** `coracle reset`: back to an empty data directory, but for what Pods have stored in volumes, unless that is to go too. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { mountsWithin } from '../volumes/mount-table.ts';
import { again } from './again.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { Failure } from './failure.ts';
import { leaveNetwork } from './leave-network.ts';
import { stopAll } from './stop.ts';
import type { Terminal } from './terminal.ts';

/** The folder of the agent with the volumes of Pods that outlive them. */
const storage = 'local-volumes';

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
      await unmountAll(dir);
      const kept = options.destroyStorage === true ? [] : storedVolumes(dir);
      const there = [dir.hub.dir, ...insideAgent(dir, kept.length > 0), dir.kubeconfig, ...leftOver(dir)].filter(
        (path) => existsSync(path),
      );
      for (const path of there) rmSync(path, { recursive: true, force: true });
      if (there.length === 0) return terminal.print(`There was nothing in ${dir.root}.`);
      if (kept.length === 0) return terminal.print(`${dir.root} is empty again.`);
      terminal.print(`${dir.root} is empty again, but for ${kept.length} volumes in ${join(dir.agent.dir, storage)}.`);
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

/** What is mounted below must not be removed through its mount: it is somebody's data. */
async function unmountAll(dir: DataDir): Promise<void> {
  if (!existsSync(dir.agent.dir)) return;
  const below = await mountsWithin(realpathSync(dir.agent.dir));
  for (const path of below) {
    try {
      execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });
    } catch (error) {
      throw new Failure(`${path} cannot be unmounted: ${(error as Error).message.split('\n')[0]}`, {
        next: 'unmount it, then reset again: nothing was removed',
        cause: error,
      });
    }
  }
}

function leftOver(dir: DataDir): string[] {
  if (!existsSync(dir.root)) return [];
  return readdirSync(dir.root)
    .filter((name) => setAside.test(name))
    .map((name) => join(dir.root, name));
}

function storedVolumes(dir: DataDir): string[] {
  const folder = join(dir.agent.dir, storage);
  return existsSync(folder) ? readdirSync(folder) : [];
}

function insideAgent(dir: DataDir, keepStorage: boolean): string[] {
  if (!keepStorage) return [dir.agent.dir];
  return readdirSync(dir.agent.dir)
    .filter((name) => name !== storage)
    .map((name) => join(dir.agent.dir, name));
}
