/** `coracle refresh-certs`: how long certificates last, and new ones before their time. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readRunFile } from '../../hub/base/daemon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { again } from './again.ts';
import { startDaemon, stopHub } from './daemon-process.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure, notRunning } from './failure.ts';
import type { CertificateFact } from './inspect/facts.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { columns, silently, type Terminal } from './terminal.ts';

const day = 24 * 3600_000;
/** How long a hub may take to be up, in milliseconds. */
const startTimeout = 60_000;

/** What the hub makes anew when it is not there; the CA stays, and with it every node. */
const remade = ['server.crt', 'admin.crt', 'broker.crt', 'front-proxy-client.crt'];

interface RefreshOptions {
  dataDir?: string;
  check?: boolean;
  format: string;
}

/** Adds the command. */
export function addRefreshCerts(program: Command, terminal: Terminal): void {
  withDataDir(program.command('refresh-certs'))
    .description('make new certificates for the hub, or this node; the CA stays')
    .option('-c, --check', 'only say how long they last; exit code 1 when one is over')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle refresh-certs --check\n  coracle refresh-certs\n\nNeither is needed in daily life: hub and nodes renew by themselves at two thirds of a certificate’s life.\nThe hub restarts for it; Pods run on. The kubeconfig is written anew.',
    )
    .action(async (options: RefreshOptions) => {
      checkFormat(options.format, ['pretty', 'json', 'yaml']);
      const dir = chosenDataDir(options);
      const quiet = options.format === 'pretty' ? terminal : { ...terminal, print: terminal.note, step: silently };
      if (options.check !== true) await refresh(dir, quiet);
      const { gatherCertificates } = await import('./inspect/gather-certificates.ts');
      const certificates = await gatherCertificates(dir);
      if (certificates.length === 0) throw notRunning(dir.root);
      await tell(certificates, options, terminal);
    });
}

async function tell(
  certificates: readonly CertificateFact[],
  options: RefreshOptions,
  terminal: Terminal,
): Promise<void> {
  const now = Date.now();
  const left = ({ end = 0 }: CertificateFact): number => Math.floor((end - now) / day);
  const { format } = options;
  if (format === 'json' || format === 'yaml') {
    const list = certificates.map((one) => ({
      ...{ name: one.name, file: one.file, days: left(one) },
      ...(one.end === undefined ? { trouble: one.trouble } : { end: new Date(one.end).toISOString() }),
    }));
    await printStructured(terminal, format, { certificates: list });
  } else {
    const rows = certificates.map((one) => [one.name, one.trouble ?? words(left(one))]);
    for (const line of columns(rows)) terminal.print(line);
  }
  if (certificates.some((one) => one.end === undefined || one.end < now)) process.exitCode = exitCodes.failed;
}

const words = (days: number): string => (days < 0 ? `expired ${-days} days ago` : `ends in ${days} days`);

async function refresh(dir: DataDir, terminal: Terminal): Promise<void> {
  if (existsSync(join(dir.hub.pki, 'ca.crt'))) return refreshHub(dir, terminal);
  if (!existsSync(join(dir.agent.pki, 'node.json'))) throw notRunning(dir.root);
  try {
    const { renewKept } = await import('../link/join-client.ts');
    await renewKept(dir.agent.pki, systemClock);
  } catch (error) {
    throw new Failure(`the hub gave no new certificate: ${(error as Error).message}`, {
      next: `if the old one has expired: ${again('leave')}, then join again with a line of \`coracle add-node\``,
      cause: error,
    });
  }
  terminal.print('The hub gave a new certificate; the agent uses it from its next start.');
}

async function refreshHub(dir: DataDir, terminal: Terminal): Promise<void> {
  const ran = readRunFile(dir.hub.run) !== undefined;
  if (ran) await terminal.step('Stopping the hub', () => stopHub(dir));
  for (const name of remade) rmSync(join(dir.hub.pki, name), { force: true });
  if (!ran) return terminal.print('The hub makes new certificates when it starts.');
  await terminal.step('Starting the hub with new certificates', () =>
    startDaemon({ name: 'hub', files: dir.hub, root: dir.root, withParent: false, timeout: startTimeout }),
  );
}
