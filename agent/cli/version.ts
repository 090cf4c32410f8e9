/** `coracle version`. */
import type { Command } from 'commander';
import { coracleVersion, kubernetesVersion } from '../../hub/api/version.ts';
import { checkFormat, printStructured } from './output-format.ts';
import type { Terminal } from './terminal.ts';

/** Adds the command. */
export function addVersion(program: Command, terminal: Terminal): void {
  program
    .command('version')
    .description('print the version of Coracle and of the Kubernetes API it serves')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .action(async (options: { format: string }) => {
      checkFormat(options.format, ['pretty', 'json', 'yaml']);
      if (options.format === 'json' || options.format === 'yaml') {
        await printStructured(terminal, options.format, {
          coracle: coracleVersion,
          kubernetes: kubernetesVersion.gitVersion,
        });
        return;
      }
      terminal.print(
        `Coracle ${coracleVersion} (Kubernetes API ${kubernetesVersion.gitVersion}, Node ${process.versions.node})`,
      );
    });
}
