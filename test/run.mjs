/**
 * `npm test`: lint, types and layout, then two lanes side by side, because tests wait more than they work: what runs real
 * containers, one cluster at a time; and all else. Each lane stops at its first step that fails. A part of the conformance
 * tests and of the benchmarks is among them. `npm test -- unit e2e` runs those steps only.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileCache, ensureInstalled, nodeBinary, project } from '../agent/launch.mjs';

ensureInstalled();
const node = nodeBinary();
const environment = {
  ...process.env,
  PATH: `${join(node, '..')}:${join(project, 'node_modules', '.bin')}:${process.env.PATH}`,
  NODE_COMPILE_CACHE: compileCache,
  // steps write into pipes of this process
  ...(process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {}),
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
  ['debootstrap', 'debootstrap'],
  ['systemd-analyze', 'systemd'],
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

/** What steps that failed have to say, printed once more at the very end: between two lanes it is not found again. */
const failures = [];
/** As much of a step's output as is kept for that, in characters. */
const keptOutput = 40_000;

/** The part of a step's output that tells why it failed: the test runner's own summary where there is one. */
function reasons(output) {
  const summary = output.lastIndexOf('failing tests:');
  return output.slice(summary === -1 ? -keptOutput / 10 : summary).slice(0, keptOutput);
}

/** Runs one step and shows what it prints: at once, or when it has ended, where another lane is printing. False when it failed. */
function step({ title, command, args }, { held = false } = {}) {
  const began = Date.now();
  const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
  if (!held) process.stdout.write(`\n▶ ${title}\n`);
  const child = spawn(command, args, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const printed = [];
  const take = (part) => {
    printed.push(part);
    if (!held) process.stdout.write(part);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.on('error', (error) => take(Buffer.from(`${error.message}\n`)));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const output = Buffer.concat(printed);
      if (held) process.stdout.write(`\n▶ ${title}\n${output}`);
      const outcome = code === 0 ? `✔ ${title} (${seconds()} s)` : `✖ ${title} failed after ${seconds()} s`;
      process.stdout.write(`${outcome}\n`);
      if (code !== 0) failures.push(`\n${outcome}\n${reasons(output.toString())}`);
      resolve(code === 0);
    });
  });
}

const bin = (name) => join(project, 'node_modules', '.bin', name);
const tests = (title, files, concurrency) => ({
  title,
  command: node,
  args: ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`, '--test-timeout=180000', ...files],
});

/** Runs steps one after another until one fails; false when one did. */
async function lane(steps, options) {
  for (const each of steps) if (!(await step(each, options))) return false;
  return true;
}

/** True for tests that start a container runtime. */
const hasContainers = (file) => /^test\/(e2e\/containers\/|contract\/cri)/.test(file);

const wanted = process.argv.slice(2);
const chosen = (steps) => steps.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const named = (name, step) => ({ name, ...step });
installTools();
const newer = spawnSync(node, [join(project, 'test', 'support', 'print-kubectl-folder.ts')], {
  encoding: 'utf8',
  env: environment,
}).stdout;
if (newer !== '') environment.PATH = `${newer}:${environment.PATH}`;
// the program itself, not its wrapper package, which also wants packages for machines this project does not run on
const biome = join(project, 'node_modules', '@biomejs', `cli-linux-${process.arch}`, 'biome');
const contract = testFiles('test/contract');
const endToEnd = testFiles('test/e2e');
const first = [
  named('lint', { title: 'lint', command: biome, args: ['check', '--error-on-warnings'] }),
  named('types', { title: 'types', command: bin('tsc'), args: ['--noEmit'] }),
  named('layout', tests('layout', ['test/layout.test.ts'], 1)),
];
const containers = [
  named('contract', tests('contract, with containers', contract.filter(hasContainers), 1)),
  named('e2e', tests('end to end, with containers', endToEnd.filter(hasContainers), 1)),
  // suites of their own, of which everybody runs the shortest part
  named('conformance', {
    title: 'conformance, a part of it',
    command: node,
    args: ['test/conformance/run.ts', '--group', 'sig-storage', '--file', 'subpath'],
  }),
];
const others = [
  named('unit', tests('unit', testFiles('test/unit'), 2)),
  named(
    'contract',
    tests(
      'contract',
      contract.filter((file) => !hasContainers(file)),
      1,
    ),
  ),
  named(
    'e2e',
    tests(
      'end to end',
      endToEnd.filter((file) => !hasContainers(file)),
      1,
    ),
  ),
  ...packaged(),
  named('kubectl', { title: 'kubectl, a part of it', command: node, args: ['test/kubectl/run.ts', '--short'] }),
  named('clients', { title: 'clients, a part of them', command: node, args: ['test/clients/run.ts', '--short'] }),
  named('bench', {
    title: 'benchmarks, one of them',
    command: node,
    args: ['test/bench/run.ts', 'store', '--short'],
  }),
];
/** Binaries and the Debian package for this machine's architecture, and a user's first day with them. */
function packaged() {
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const debian = process.arch === 'x64' ? 'amd64' : process.arch;
  const architecture = ['--architecture', process.arch, '--quick'];
  if (process.getuid?.() !== 0 || !has('debootstrap')) return [];
  return [
    { title: 'binaries', command: node, args: ['snap/package.mjs', ...architecture] },
    { title: 'Debian package', command: node, args: ['snap/deb.mjs', ...architecture] },
    {
      title: 'first day on a fresh Debian',
      command: 'bash',
      args: ['test/package/first-day.sh', `dist/coracle_${version}_${debian}.deb`],
    },
    {
      title: 'churn on the binaries, one round',
      command: node,
      args: ['test/package/churn.mjs', '--short', '--seed', '1'],
    },
  ].map((step) => named('package', step));
}

const passed =
  (await lane(chosen(first))) &&
  (await Promise.all([lane(chosen(containers), { held: true }), lane(chosen(others))])).every(Boolean);
for (const failure of failures) process.stdout.write(failure);
process.exitCode = passed ? 0 : 1;
