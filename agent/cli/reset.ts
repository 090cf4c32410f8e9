/** `coracle reset`: back to an empty data directory. */
import { existsSync, rmSync } from 'node:fs';
import type { Command } from 'commander';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { leaveNetwork } from './leave-network.ts';
import { stopAll } from './stop.ts';
import type { Terminal } from './terminal.ts';

/** Adds the command. Works on a broken installation too: it needs nothing but the files. */
export function addReset(program: Command, terminal: Terminal): void {
  withDataDir(program.command('reset'))
    .description('stop everything here and forget the cluster: objects, certificates and this node')
    .action(async (options: { dataDir?: string }) => {
      const dir = chosenDataDir(options);
      await stopAll(dir, terminal, { forget: true });
      await leaveNetwork(dir);
      const there = [dir.hub.dir, dir.agent.dir, dir.kubeconfig].filter((path) => existsSync(path));
      for (const path of there) rmSync(path, { recursive: true, force: true });
      terminal.print(there.length === 0 ? `There was nothing in ${dir.root}.` : `${dir.root} is empty again.`);
    });
}
