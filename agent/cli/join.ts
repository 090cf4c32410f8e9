/** `coracle join`: makes this machine a node of a hub. */
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { nodeNameErrors } from '../../hub/api/user.ts';
import { type JoinTarget, parseJoinTarget } from '../../hub/api/join.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { readRunFile } from '../../hub/base/daemon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { writePrivate } from '../../hub/base/private-file.ts';
import { HubError, join } from '../link/join-client.ts';
import { again } from './again.ts';
import { foreground } from './foreground.ts';
import { startDaemon } from './daemon-process.ts';
import { readJoinFile } from './join-file.ts';
import { makeDirectory } from './data-directory.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import { type NodeOptions, nodeSettings, withRuntimeOptions } from './node-settings.ts';
import type { Terminal } from './terminal.ts';

/** How long the agent may take to be up, in milliseconds. */
const startTimeout = 30_000;

interface JoinOptions extends NodeOptions {
  dataDir?: string;
  nodeName?: string;
  file?: string;
  start: boolean;
  foreground?: boolean;
}

const collect = (value: string, all: string[]): string[] => [...all, value];

/** Adds the command. */
export function addJoin(program: Command, terminal: Terminal): void {
  withRuntimeOptions(withDataDir(program.command('join [target]')))
    .description('make this machine a node: the line comes from `coracle add-node` on the hub')
    .option('--node-name <name>', 'name of the node (default: the host name)')
    .option('--label <key=value>', 'a label of the node; may be repeated', collect, [])
    .option('--taint <key=value:effect>', 'a taint of the node; may be repeated', collect, [])
    .option('--cluster-dns <address>', 'a DNS server of the cluster, for containers; may be repeated', collect, [])
    .option('--cluster-domain <domain>', 'DNS domain of the cluster (default: cluster.local)')
    .option('--file <file>', 'take hub, node name and settings from this file, see configs/join.yaml')
    .option('--no-start', 'join, and leave it to a service manager to start the agent')
    .option('--foreground', 'stay in the foreground until Ctrl-C')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle join hub.example:25000/TOKEN/CAHASH --node-name node7 --label site=harbour\n  coracle join --file /etc/coracle/join.yaml',
    )
    .action((text: string | undefined, options: JoinOptions) => joinAsTold(text, options, terminal));
}

async function joinAsTold(text: string | undefined, options: JoinOptions, terminal: Terminal): Promise<void> {
  const dir = chosenDataDir(options);
  const written = options.file === undefined ? undefined : await readJoinFile(options.file);
  const line = text ?? written?.hub;
  if (line === undefined) throw nothingToJoin();
  const target = readTarget(line);
  refuseSecond(dir);
  makeDirectory(dir, dir.agent.dir);
  const settings = { ...written?.settings, ...nodeSettings(dir, options) };
  const node = nodeName(options.nodeName ?? written?.nodeName);
  await terminal.step(`Joining ${target.host}:${target.port} as ${node}`, () => joinHub(dir, target, node, settings));
  if (!options.start) {
    terminal.print(`This machine is node ${node}; its agent is not started.`);
    return;
  }
  const withParent = options.foreground === true;
  const agent = await terminal.step('Starting the agent', () =>
    startDaemon({ name: 'agent', files: dir.agent, root: dir.root, withParent, timeout: startTimeout }),
  );
  terminal.print(`This machine is node ${node}. It shows in \`coracle status\` on the hub.`);
  if (withParent) await foreground([agent.process], terminal);
}

/** The name that was chosen, else the host's in lower case, as API names are. Throws Failure for what no node can be called. */
export function nodeName(chosen: string | undefined): string {
  const usual = (): string =>
    hostname()
      .toLowerCase()
      .replace(/[^a-z0-9.-]/g, '-');
  const name = chosen ?? usual();
  const [wrong] = nodeNameErrors(name);
  if (wrong === undefined) return name;
  throw new Failure(`no node can be called "${name}": ${wrong}`, {
    next: 'choose another name with --node-name',
    exitCode: exitCodes.usage,
  });
}

function nothingToJoin(): Failure {
  return new Failure('which hub? The line to join with is what `coracle add-node` prints on it', {
    next: `for example: ${again('join hub.example:25000/0123456789abcdef0123456789abcdef/CAHASH')}`,
    exitCode: exitCodes.usage,
  });
}

function readTarget(text: string): JoinTarget {
  try {
    return parseJoinTarget(text);
  } catch (error) {
    throw new Failure((error as Error).message, {
      next: 'get the line with `coracle add-node` on the hub',
      exitCode: exitCodes.usage,
    });
  }
}

function refuseSecond(dir: DataDir): void {
  if (readRunFile(dir.agent.run) === undefined) return;
  throw new Failure(`an agent already runs in ${dir.root}`, {
    next: `leave its hub first: ${again('leave')}; or choose another --data-dir`,
  });
}

/** What a refused or failed join means to the one who typed it. */
function joinFailure(error: unknown): Failure {
  const message = `joining failed: ${error instanceof Error ? error.message : String(error)}`;
  const hub = error instanceof HubError ? error : new HubError('');
  if (hub.isImpostor) {
    const next = 'the CA hash must be of the hub at this address: run `coracle add-node` there';
    return new Failure(message, { next, exitCode: exitCodes.refused, cause: error });
  }
  if (hub.code === undefined) {
    const next = 'check host and port, and on the hub: coracle status';
    return new Failure(message, { next, exitCode: exitCodes.notRunning, cause: error });
  }
  const isRefusal = hub.code === 401 || hub.code === 403;
  return new Failure(message, { exitCode: isRefusal ? exitCodes.refused : exitCodes.failed, cause: error });
}

/** Gets this device its certificate and keeps its settings. */
export async function joinHub(
  dir: DataDir,
  target: JoinTarget,
  node: string,
  settings: Record<string, unknown>,
): Promise<void> {
  try {
    await join({ target, node, directory: dir.agent.pki, clock: systemClock });
  } catch (error) {
    throw joinFailure(error);
  }
  await writePrivate(dir.agent.settings, `${JSON.stringify(settings, null, 2)}\n`);
}
