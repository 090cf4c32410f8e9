/** Starts a cluster, runs the conformance tests against it, and counts lines passed, failed and not covered yet. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { machineAddresses } from '../../hub/base/addresses.ts';
import { coracle, startHub } from '../support/coracle.ts';
import { readLines, titleOf } from './lines.ts';

const folder = import.meta.dirname;
const groupAt = process.argv.indexOf('--group');
const group = groupAt < 0 ? undefined : process.argv[groupAt + 1];
const lines = readLines().filter((line) => group === undefined || line.group === group);
if (lines.length === 0) {
  process.stderr.write(
    `no group "${group}"; there are ${[...new Set(readLines().map((line) => line.group))].join(', ')}\n`,
  );
  process.exit(2);
}
const folders = group === undefined ? [...new Set(lines.map((line) => line.group))] : [group];
const entries = readdirSync(folder, { recursive: true }).map(String);
const files = entries.filter((name) => name.endsWith('.test.ts') && folders.some((one) => name.startsWith(`${one}/`)));

/** Files run side by side; those that tell so by their name have the cluster for themselves, at the end. */
const together = 3;
const alone = (file: string): boolean => file.endsWith('.serial.test.ts');

interface Outcome {
  readonly passed: Set<string>;
  readonly failed: Set<string>;
}

/** Runs files, `width` at once, printing each test as it ends, into `outcome`. */
async function runFiles(names: readonly string[], width: number, dataDir: string, outcome: Outcome): Promise<void> {
  if (names.length === 0) return;
  const paths = names.map((file) => join(folder, file));
  const args = ['--test', '--test-reporter=tap', `--test-concurrency=${width}`, ...paths];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, CORACLE_CONFORMANCE_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let telling = false;
  for await (const text of createInterface({ input: child.stdout })) {
    const match = /^\s*(not ok|ok) \d+ - (\[sig-.*)$/.exec(text);
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

/** Runs the files; answers titles by outcome. */
async function runTests(dataDir: string): Promise<Outcome> {
  const outcome = { passed: new Set<string>(), failed: new Set<string>() };
  // CronJobs wait for the clock: the longest file begins
  const sorted = files.sort(
    (a, b) => Number(b.includes('cronjob')) - Number(a.includes('cronjob')) || (a < b ? -1 : 1),
  );
  await runFiles(
    sorted.filter((file) => !alone(file)),
    together,
    dataDir,
    outcome,
  );
  await runFiles(sorted.filter(alone), 1, dataDir, outcome);
  return outcome;
}

/** An address others could reach the hub at, so that the `kubernetes` Service has endpoints; loopback where there is none. */
const address = machineAddresses()[0] ?? '127.0.0.1';

async function main(): Promise<number> {
  const hub = await startHub(['--runtime', 'process', '--node-name', 'node-a', '--bind-address', address]);
  const second = mkdtempSync(join(tmpdir(), 'coracle-node-'));
  try {
    const offer = await coracle(['add-node', '--data-dir', hub.dir, '--format', 'json']);
    const url = (JSON.parse(offer.stdout) as { urls: string[] }).urls[0] ?? '';
    await coracle(['join', url, '--data-dir', second, '--node-name', 'node-b', '--runtime', 'process']);
    await coracle(['status', '--data-dir', hub.dir, '--wait-ready', '--timeout', '30']);
    const { passed, failed } = files.length === 0 ? { passed: new Set(), failed: new Set() } : await runTests(hub.dir);
    const titles = lines.map(titleOf);
    const skipped = titles.filter((title) => !passed.has(title) && !failed.has(title));
    process.stdout.write(
      `\nskipped are the lines without a test yet\n${passed.size} passed, ${failed.size} failed, ${skipped.length} skipped\n`,
    );
    return failed.size === 0 ? 0 : 1;
  } finally {
    await coracle(['leave', '--data-dir', second]);
    rmSync(second, { recursive: true, force: true });
    await hub.stop();
  }
}

process.exitCode = await main();
