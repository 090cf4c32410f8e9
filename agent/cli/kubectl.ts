/** `coracle kubectl`: the machine's kubectl with the hub's kubeconfig. */
import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { readRunFile } from '../../hub/base/daemon.ts';
import { chosenDataDir } from './data-dir-option.ts';
import { Failure, notRunning } from './failure.ts';

/** Adds the command. Everything behind `kubectl` is handed on as it is. */
export function addKubectl(program: Command): void {
  program
    .command('kubectl [arguments...]')
    .description('run kubectl against this hub')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .allowExcessArguments()
    .action((args: string[]) => {
      const dir = chosenDataDir({});
      if (readRunFile(dir.hub.run) === undefined) throw notRunning(dir.root);
      const result = spawnSync('kubectl', args, {
        stdio: 'inherit',
        env: { ...process.env, KUBECONFIG: dir.kubeconfig },
      });
      if (result.error !== undefined) {
        throw new Failure('kubectl is not installed on this machine', {
          next: `install it (Debian: apt-get install kubernetes-client) or use any other with KUBECONFIG=${dir.kubeconfig}`,
        });
      }
      process.exitCode = result.status ?? 1;
    });
}
