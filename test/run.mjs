/**
 * `npm test`: lint, types, layout, unit, contract and end-to-end tests, then a part of the conformance tests and of the
 * benchmarks, in that order, stopping at the first that fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compileCache, ensureInstalled, nodeBinary, project } from '../agent/launch.mjs';

ensureInstalled();
const node = nodeBinary();
const environment = {
  ...process.env,
  PATH: `${join(node, '..')}:${join(project, 'node_modules', '.bin')}:${process.env.PATH}`,
  NODE_COMPILE_CACHE: compileCache,
};

/** Debian packages that tests use, with the program each one is asked for. */
const tools = [
  ['kubectl', 'kubernetes-client'],
  ['mosquitto', 'mosquitto'],
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['bridge', 'containernetworking-plugins', '/usr/lib/cni'],
  ['ip', 'iproute2'],
  ['nft', 'nftables'],
  ['conntrack', 'conntrack'],
  ['nsenter', 'util-linux'],
  ['busybox', 'busybox-static'],
  ['docker-registry', 'docker-registry'],
  ['htpasswd', 'apache2-utils'],
  ['iperf3', 'iperf3'],
];

function has(program, only) {
  const places = (only ?? `${process.env.PATH}:/usr/sbin:/sbin`).split(':');
  return places.some((place) => existsSync(join(place, program)));
}

function installTools() {
  const missing = tools.filter(([program, , only]) => !has(program, only));
  if (missing.length === 0) return;
  const names = missing.map(([, debian]) => debian).join(' ');
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    process.stdout.write(
      `Missing on this machine: ${names}. Tests that need them are skipped and say so; install them with: sudo apt-get install ${names}\n`,
    );
    return;
  }
  process.stdout.write(`Installing ${names}\n`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  // the packages' own services are not wanted: tests start what they need
  spawnSync(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...missing.map(([, debian]) => debian)],
    quiet,
  );
}

function testFiles(folder) {
  const path = join(project, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(folder, name));
}

function step(title, command, args) {
  const began = Date.now();
  process.stdout.write(`\n▶ ${title}\n`);
  const result = spawnSync(command, args, { cwd: project, stdio: 'inherit', env: environment });
  if (result.status !== 0) {
    process.stdout.write(`✖ ${title} failed after ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
    process.exit(result.status ?? 1);
  }
  process.stdout.write(`✔ ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
}

const bin = (name) => join(project, 'node_modules', '.bin', name);
const tests = (title, files, concurrency) => {
  if (files.length === 0) return;
  step(title, node, [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
    '--test-timeout=180000',
    ...files,
  ]);
};

const wanted = process.argv.slice(2);
const run = (name) => wanted.length === 0 || wanted.includes(name);
installTools();
// the program itself, not its wrapper package, which also wants packages for machines this project does not run on
const biome = join(project, 'node_modules', '@biomejs', `cli-linux-${process.arch}`, 'biome');
if (run('lint')) step('lint', biome, ['check', '--error-on-warnings']);
if (run('types')) step('types', bin('tsc'), ['--noEmit']);
if (run('layout')) tests('layout', ['test/layout.test.ts'], 1);
if (run('unit')) tests('unit', testFiles('test/unit'), 2);
if (run('contract')) tests('contract', testFiles('test/contract'), 1);
if (run('e2e')) tests('end to end', testFiles('test/e2e'), 1);
// suites of their own, of which everybody runs the shortest part
if (run('conformance'))
  step('conformance, a part of it', node, ['test/conformance/run.ts', '--group', 'sig-storage', '--file', 'subpath']);
if (run('bench')) step('benchmarks, one of them', node, ['test/bench/run.ts', 'store', '--short']);
