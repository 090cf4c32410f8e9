/** `coracle config`: prints the kubeconfig of this hub; below it, the settings. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { addConfigSettings } from './config-settings.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { Failure, notRunning } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** Adds the command. */
export function addConfig(program: Command, terminal: Terminal): void {
  const config = withDataDir(program.command('config')).enablePositionalOptions();
  addConfigSettings(config, terminal);
  config
    .description('print the kubeconfig of this hub, or get and set what hub and agent are set to')
    .option('-l, --use-loopback', 'name the hub by 127.0.0.1 instead of its own address')
    .addHelpText('after', '\nExample:\n  coracle config > ~/.kube/config')
    .action((options: { dataDir?: string; useLoopback?: boolean }) => {
      const dir = chosenDataDir(options);
      let text: string;
      try {
        text = readFileSync(dir.kubeconfig, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw notRunning(dir.root);
        throw new Failure(`${dir.kubeconfig} may not be read by this user`, { next: 'run the command as root (sudo)' });
      }
      const loopback = (line: string): string =>
        line.replace(/(server: https:\/\/)(?:\[[^\]]+\]|[^:]+):/, '$1127.0.0.1:');
      terminal.print((options.useLoopback ? text.split('\n').map(loopback).join('\n') : text).trimEnd());
    });
}
