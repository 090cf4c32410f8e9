/** The binaries for arm64, run by an emulator: a hub, a machine that joins it, a Pod. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { kubectl } from '../support/kubectl.ts';
import { tempDir } from '../support/temp-dir.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const binary = (name: string): string => join(project, 'dist', 'linux-arm64', name);
const emulator = '/usr/bin/qemu-aarch64-static';
/** Where Debian's cross compiler puts that architecture's C library. */
const libraries = '/usr/aarch64-linux-gnu';
const missing = [emulator, libraries, binary('coracle-hub')].find((path) => !existsSync(path));
const flags = JSON.parse(readFileSync(join(project, 'agent', 'daemon-flags.json'), 'utf8')) as Record<string, string[]>;
const env = { ...process.env, QEMU_LD_PREFIX: libraries };

/** A daemon gets its flags at once: becoming itself once more would need an emulator known to the kernel. */
function startDaemon(t: TestContext, name: string, daemon: 'hub' | 'agent', args: readonly string[]): ChildProcess {
  const options = `--node-options=${flags[daemon]?.join(' ')}`;
  const child = spawn(emulator, [binary(name), options, ...args], { env, stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGINT');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  return child;
}

test('arm64: hub, join, a Pod', { skip: missing && `${missing} is missing` }, async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'hub'));
  const settings = { apiPort: 0, joinPort: 0, mqttPort: 0, bindAddress: '127.0.0.1' };
  writeFileSync(join(dir, 'hub', 'settings.json'), JSON.stringify(settings));
  startDaemon(t, 'coracle-hub', 'hub', ['--data-dir', dir]);
  await eventually('the hub to run', () => existsSync(join(dir, 'hub', 'run.json')), 60_000);
  const coracle = (...args: string[]) =>
    promisify(execFile)(emulator, [binary('coracle'), ...args, '--data-dir', dir], { env });
  const { stdout } = await coracle('add-node', '--format', 'short');
  // coracle join HOST:PORT/TOKEN/CAHASH
  const target = stdout.split('\n')[0]?.split(' ').at(-1) ?? '';
  await coracle('join', target, '--node-name', 'arm', '--runtime', 'process', '--no-start');
  startDaemon(t, 'coracle', 'agent', ['agent', '--data-dir', dir]);
  const config = join(dir, 'kubeconfig');
  const asked = async (...args: string[]): Promise<string> => (await kubectl(config, args)).out;
  await eventually('the node to be Ready', async () => / Ready /.test(await asked('get', 'nodes')), 60_000);
  await kubectl(config, ['run', 'p', '--image=x', '--restart=Never', '--command', '--', '/bin/sh', '-c', 'echo here']);
  await eventually('the Pod to be done', async () => /Completed/.test(await asked('get', 'pod', 'p')), 60_000);
  assert.equal(await asked('logs', 'p'), 'here\n');
});
