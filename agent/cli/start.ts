/** `coracle start`: a hub on this machine and, unless told otherwise, an agent beside it. */
import { type Command, InvalidArgumentError } from 'commander';
import { parseJoinTarget } from '../../hub/api/join.ts';
import type { Node } from '../../hub/api/node.ts';
import { readRunFile } from '../../hub/base/daemon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { checkHubSettings } from '../../hub/base/hub-settings.ts';
import { readWritten } from '../../hub/base/settings.ts';
import { again, shellWord } from './again.ts';
import { offerJoin } from './add-node.ts';
import { brokerReady } from './broker-ready.ts';
import { type StartedDaemon, startDaemon, stopHub } from './daemon-process.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import { foreground } from './foreground.ts';
import { HubClient } from './hub-client.ts';
import { joinHub, nodeName } from './join.ts';
import { joinedNode, nodeOnly } from './joined-node.ts';
import { type HubOptions, keepSettings } from './keep-settings.ts';
import { nodeSettings, type RuntimeOptions, withRuntimeOptions } from './node-settings.ts';
import { viewNode } from './node-view.ts';
import type { Terminal } from './terminal.ts';

/** How long hub and agent may take to be up, and the node to be Ready, in milliseconds. */
const startTimeout = 60_000;
const readyTimeout = 60_000;
/** Longer than the hub pauses between two tries to reach a broker that is not its own. */
const brokerTimeout = 20_000;

interface StartOptions extends HubOptions, RuntimeOptions {
  dataDir?: string;
  nodeName?: string;
  agent: boolean;
  foreground?: boolean;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('It takes a port from 0 to 65535.');
  return value;
}

/** Adds the command. */
export function addStart(program: Command, terminal: Terminal): void {
  withRuntimeOptions(withDataDir(program.command('start')))
    .description('start a hub, and an agent on this machine')
    .option('--api-port <port>', 'port of the Kubernetes API (default: 16443)', port)
    .option('--join-port <port>', 'port nodes join at (default: 25000)', port)
    .option('--mqtt-port <port>', 'port of the MQTT broker (default: 8883)', port)
    .option('--bind-address <address>', 'address to listen on (default: all)')
    .option('--advertise-address <address>', 'address others reach this hub at (default: found)')
    .option('--cluster-cidr <range>', 'addresses of Pods (default: 10.32.0.0/11)')
    .option('--service-cidr <range>', 'addresses of Services (default: 10.152.0.0/16)')
    .option('--mqtt-url <url>', 'use this MQTT broker (mqtts://HOST:PORT) instead of the embedded one')
    .option('--node-name <name>', 'name of the node on this machine (default: the host name)')
    .option('--no-agent', 'only the hub, no node on this machine')
    .option('--foreground', 'stay in the foreground until Ctrl-C')
    .addHelpText(
      'after',
      '\nWhat you choose is kept in the data directory: the next `coracle start` needs no options (--no-agent and --foreground are for this time only).',
    )
    .action((options: StartOptions) => start(options, terminal));
}

async function start(options: StartOptions, terminal: Terminal): Promise<void> {
  const dir = chosenDataDir(options);
  const withParent = options.foreground === true;
  const only = nodeOnly(dir);
  const missing = {
    hub: only === undefined && readRunFile(dir.hub.run) === undefined,
    agent: (options.agent || only !== undefined) && readRunFile(dir.agent.run) === undefined,
  };
  // before anything is started
  if (options.agent) nodeSettings(dir, options);
  nodeName(options.nodeName);
  if (!missing.hub && !missing.agent) return alreadyRuns(dir, withParent, terminal);
  const began = performance.now();
  const daemons: StartedDaemon[] = [];
  const begin = (name: 'hub' | 'agent', progress: (what: string) => void): Promise<StartedDaemon> =>
    startDaemon({ name, files: dir[name], root: dir.root, withParent, timeout: startTimeout, progress });
  if (missing.hub) {
    await keepSettings(dir, options);
    daemons.push(await terminal.step('Starting the hub', (progress) => begin('hub', progress)));
  }
  if (only !== undefined) {
    daemons.unshift(await terminal.step('Starting the agent', (progress) => begin('agent', progress)));
    terminal.print(`The agent of node ${only.node} runs.`);
  } else {
    await brokerReady(dir, missing.hub ? 0 : brokerTimeout);
    if (options.agent) await startNode();
    printNext(terminal, dir, (performance.now() - began) / 1000);
  }
  if (withParent)
    await foreground(
      daemons.map((daemon) => daemon.process),
      terminal,
    );

  async function startAgent(): Promise<string> {
    const node = await terminal.step('Joining this machine', () => joinLocally(dir, options));
    if (missing.agent)
      daemons.unshift(await terminal.step('Starting the agent', (progress) => begin('agent', progress)));
    return node;
  }

  async function startNode(): Promise<void> {
    const node = await startAgent().catch(async (error: unknown) => {
      // a start that failed leaves nothing behind that was not there before
      if (missing.hub) await stopHub(dir);
      throw error;
    });
    await terminal.step(`Waiting for node ${node} to be Ready`, () => nodeReady(dir, node));
  }
}

function alreadyRuns(dir: DataDir, withParent: boolean, terminal: Terminal): void {
  if (withParent)
    throw new Failure(`hub and agent already run in ${dir.root}`, { next: `stop it first: ${again('stop')}` });
  terminal.print(`coracle already runs (data directory ${dir.root}).`);
}

/** Joins this machine over loopback unless it has joined already; answers the node's name. */
async function joinLocally(dir: DataDir, options: StartOptions): Promise<string> {
  const joined = joinedNode(dir);
  if (joined !== undefined) return joined.node;
  const node = nodeName(options.nodeName);
  const settings = nodeSettings(dir, options);
  const offer = await offerJoin(dir, -1);
  const target = parseJoinTarget(offer.urls[0] ?? '');
  await joinHub(dir, { ...target, host: localHost(dir) }, node, settings);
  return node;
}

/** The address this machine reaches its own hub at: loopback where the hub listens there. */
function localHost(dir: DataDir): string {
  const { bindAddress } = checkHubSettings(readWritten(dir.hub.settings));
  if (bindAddress === '0.0.0.0') return '127.0.0.1';
  return bindAddress === '::' ? '::1' : bindAddress;
}

async function nodeReady(dir: DataDir, name: string): Promise<void> {
  const client = new HubClient(dir);
  let last = 'it did not appear';
  const path = `/api/v1/nodes?watch=true&fieldSelector=metadata.name%3D${encodeURIComponent(name)}`;
  const ready = await client.watch<Node, true>(path, readyTimeout, (_type, node) => {
    const view = viewNode(node);
    last = view.reason;
    return view.ready ? true : undefined;
  });
  if (ready !== true) {
    throw new Failure(`node ${name} is not Ready after ${readyTimeout / 1000} s: ${last}`, {
      next: `its log is ${dir.agent.log}`,
      exitCode: exitCodes.timeout,
    });
  }
}

function printNext(terminal: Terminal, dir: DataDir, seconds: number): void {
  terminal.print('');
  terminal.print(`coracle is running (${seconds.toFixed(1)} s).`);
  terminal.print(`  kubeconfig: ${dir.kubeconfig}`);
  terminal.print(`  try:        KUBECONFIG=${shellWord(dir.kubeconfig)} kubectl get nodes`);
  terminal.print(`  add a node: ${again('add-node')}`);
}
