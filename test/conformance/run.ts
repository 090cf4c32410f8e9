/** Starts a cluster, runs the conformance tests against it, and counts lines passed, failed and not covered yet. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { machineAddresses } from '../../hub/base/addresses.ts';
import { noContainers } from '../support/cluster/available.ts';
import { startCluster } from '../support/cluster/cluster.ts';
import { coracle, joinNode, startHub } from '../support/coracle.ts';
import { newerKubectlFolder } from '../support/kubectl-program.ts';
import { readLines, titleOf } from './lines.ts';

const folder = import.meta.dirname;
const {
  values: { group, file: part = '' },
} = parseArgs({ options: { group: { type: 'string' }, file: { type: 'string' } } });
const lines = readLines().filter((line) => group === undefined || line.group === group);
if (lines.length === 0) {
  process.stderr.write(
    `no group "${group}"; there are ${[...new Set(readLines().map((line) => line.group))].join(', ')}\n`,
  );
  process.exit(2);
}
const folders = group === undefined ? [...new Set(lines.map((line) => line.group))] : [group];
const entries = readdirSync(folder, { recursive: true }).map(String);
const inFolders = (name: string): boolean => folders.some((one) => name.startsWith(`${one}/`));
const files = entries.filter((name) => name.endsWith('.test.ts') && inFolders(name) && name.includes(part));

/** Files run side by side; those that tell so by their name have the cluster for themselves, at the end. */
const together = 3;
const alone = (file: string): boolean => file.endsWith('.serial.test.ts');

const newer = newerKubectlFolder();
const searched = newer === undefined ? process.env['PATH'] : `${newer}:${process.env['PATH']}`;

interface Outcome {
  readonly passed: Set<string>;
  readonly failed: Set<string>;
}

/** Runs files, `width` at once, printing each test as it ends, into `outcome`. */
async function runFiles(
  names: readonly string[],
  width: number,
  environment: Record<string, string>,
  outcome: Outcome,
): Promise<void> {
  if (names.length === 0) return;
  const paths = names.map((file) => join(folder, file));
  const args = ['--test', '--test-reporter=tap', `--test-concurrency=${width}`, ...paths];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PATH: searched, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let telling = false;
  for await (const text of createInterface({ input: child.stdout })) {
    const match = /^\s*(not ok|ok) \d+ - (\[sig-.*)$/.exec(text);
    // a file that cannot be read is a test of its own to the runner
    const broken = /^not ok \d+ - (\S+\.test\.ts)/.exec(text)?.[1];
    if (broken !== undefined && !outcome.failed.has(broken)) {
      outcome.failed.add(broken);
      process.stdout.write(`✖ ${broken}\n`);
    }
    if (match !== null) {
      const title = (match[2] ?? '').replace(/ # .*$/, '').replaceAll('\\#', '#');
      (match[1] === 'ok' ? outcome.passed : outcome.failed).add(title);
      process.stdout.write(`${match[1] === 'ok' ? '✔' : '✖'} ${title}\n`);
      continue;
    }
    // TAP 14: the diagnostics of a failure are YAML below it; its error is all we tell
    const field = /^\s{0,8}([a-z]+):/i.exec(text)?.[1];
    if (field !== undefined) telling = field === 'error';
    if (telling) process.stdout.write(`${text}\n`);
  }
}

/** What the tests of a group run on. Stop it in any case. */
interface Ground {
  readonly dataDir: string;
  /** Host and port of its image registry; empty where containers are processes. */
  readonly registry: string;
  stop(): Promise<unknown>;
}

/** Two nodes with a containerd each, in networks of their own. */
async function containers(): Promise<Ground> {
  const cluster = await startCluster({ nodes: 2 });
  return { dataDir: cluster.hub.dir, registry: cluster.registry.host, stop: () => cluster.stop() };
}

/** Two nodes that run host processes: what the API and the controllers do does not depend on containers. */
async function processes(): Promise<Ground> {
  // others could reach the hub there, so that the `kubernetes` Service has endpoints; loopback where there is none
  const address = machineAddresses()[0] ?? '127.0.0.1';
  const hub = await startHub(['--runtime', 'process', '--node-name', 'node-a', '--bind-address', address]);
  try {
    const second = await joinNode(await hub.joinUrl(), 'node-b');
    await coracle(['status', '--data-dir', hub.dir, '--wait-ready', '--timeout', '30']);
    return {
      dataDir: hub.dir,
      registry: '',
      async stop() {
        await second.stop();
        await hub.stop();
      },
    };
  } catch (error) {
    await hub.stop();
    throw error;
  }
}

/** Groups whose lines say what containers see and do: they count with real ones only. */
const ofContainers = new Set(['sig-network', 'sig-node', 'sig-storage']);
/** Files of those groups whose Pods are servers of this machine: the API's own proxy, which needs no network of Pods. */
const ofProcesses = new Set(['sig-network/proxy.test.ts']);
/** Files of the other groups that need containers, or a network of Pods. */
const alsoOfContainers = new Set(['sig-auth/mounted-tokens.test.ts', 'sig-cli/guestbook.test.ts']);
const needsContainers = (file: string): boolean =>
  alsoOfContainers.has(file) || (ofContainers.has(file.split('/')[0] ?? '') && !ofProcesses.has(file));

async function runOn(ground: () => Promise<Ground>, names: readonly string[], outcome: Outcome): Promise<void> {
  if (names.length === 0) return;
  const { dataDir, registry, stop } = await ground();
  const environment = { CORACLE_CONFORMANCE_DIR: dataDir, CORACLE_CONFORMANCE_REGISTRY: registry };
  try {
    await runFiles(
      names.filter((file) => !alone(file)),
      together,
      environment,
      outcome,
    );
    await runFiles(names.filter(alone), 1, environment, outcome);
  } finally {
    await stop();
  }
}

async function main(): Promise<number> {
  const outcome = { passed: new Set<string>(), failed: new Set<string>() };
  // what waits for the clock begins: CronJobs, and the back-off of containers
  const waits = (file: string): boolean => file.includes('cronjob') || file.includes('containers.test');
  const sorted = files.sort((a, b) => Number(waits(b)) - Number(waits(a)) || (a < b ? -1 : 1));
  const real = sorted.filter(needsContainers);
  if (real.length > 0 && noContainers !== false) process.stdout.write(`no test of containers runs: ${noContainers}\n`);
  else await runOn(containers, real, outcome);
  await runOn(
    processes,
    sorted.filter((file) => !needsContainers(file)),
    outcome,
  );
  const { passed, failed } = outcome;
  const skipped = lines.map(titleOf).filter((title) => !passed.has(title) && !failed.has(title));
  if (part === '') for (const title of skipped) process.stdout.write(`- ${title}: not run\n`);
  process.stdout.write(`\n${passed.size} passed, ${failed.size} failed, ${skipped.length} skipped\n`);
  return failed.size === 0 ? 0 : 1;
}

process.exitCode = await main();
