/** Starts a hub and a node of host processes, and runs each client against them. */
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { coracle, startHub } from '../support/coracle.ts';

/** What the short form runs: what comes with the development dependencies. */
const short = ['client-node.test.ts', 'client-node-streams.test.ts'];

/** Debian packages of the whole form, with a file each one has. */
const packages = [
  ['prometheus', '/usr/bin/prometheus'],
  ['victoria-metrics', '/usr/bin/victoria-metrics'],
  ['python3-kubernetes', '/usr/lib/python3/dist-packages/kubernetes/__init__.py'],
] as const;

const {
  values: { file: part = '', short: onlyShort },
} = parseArgs({ options: { file: { type: 'string' }, short: { type: 'boolean', default: false } } });

/** Installs what is missing, where that is possible; tests whose client is missing are skipped and say so. */
function install(): void {
  const missing = packages.filter(([, path]) => !existsSync(path)).map(([name]) => name);
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  process.stdout.write(`Installing ${missing.join(' ')}\n`);
  const quiet: SpawnSyncOptions = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet);
}

async function main(): Promise<number> {
  const files = readdirSync(import.meta.dirname).filter(
    (name) => name.endsWith('.test.ts') && name.includes(part) && (!onlyShort || short.includes(name)),
  );
  if (!onlyShort) install();
  const hub = await startHub(['--runtime', 'process', '--node-name', 'node-a']);
  try {
    await coracle(['status', '--data-dir', hub.dir, '--wait-ready', '--timeout', '30']);
    const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', '--test-timeout=180000'];
    const env = { ...process.env, CORACLE_CLIENTS_DIR: hub.dir };
    const paths = files.map((name) => join(import.meta.dirname, name));
    return spawnSync(process.execPath, [...args, ...paths], { stdio: 'inherit', env }).status ?? 1;
  } finally {
    await hub.stop();
  }
}

process.exitCode = await main();
