/** Debian's Mosquitto as an external broker for tests, with the configuration and ACL the project emits. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { writeMosquittoFiles } from '../../hub/mqtt/broker/mosquitto-files.ts';
import type { TestAuthority } from './certificates.ts';
import { eventually } from './eventually.ts';
import { tempDir } from './temp-dir.ts';

const program = '/usr/sbin/mosquitto';

/** Undefined when Mosquitto can be run (installed now if need be), else why not. */
export function mosquittoMissing(): string | undefined {
  if (existsSync(program)) return undefined;
  if (process.getuid?.() !== 0) return 'mosquitto is not installed (apt-get install mosquitto)';
  try {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'mosquitto'], {
      env: environment,
      stdio: 'ignore',
    });
  } catch {
    return 'mosquitto could not be installed with apt-get';
  }
  return existsSync(program) ? undefined : 'mosquitto is not where Debian puts it';
}

/** A broker process. */
export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts Mosquitto for the nodes of an authority; it is stopped with the test. `port` 0 takes a free one. */
export async function startMosquitto(
  test: Pick<TestContext, 'after'>,
  options: { authority: TestAuthority; port?: number },
): Promise<Mosquitto> {
  const directory = tempDir(test, 'coracle-mosquitto-');
  const port = options.port ?? (await freePort());
  const { ca, cert, key } = await options.authority.server('localhost');
  await writeMosquittoFiles({ directory, port, tls: { ca, cert, key } });
  return runMosquitto(test, { directory, port });
}

/**
 * Runs Mosquitto as Debian configures it, with the emitted files of `directory` in its conf.d. `moreAcl` are lines that let
 * a test look on.
 */
export async function runMosquitto(
  test: Pick<TestContext, 'after'>,
  options: { directory: string; port: number; moreAcl?: string },
): Promise<Mosquitto> {
  const { directory, port, moreAcl = '' } = options;
  const dir = tempDir(test, 'coracle-conf.d-');
  for (const name of readdirSync(directory)) {
    const text = readFileSync(join(directory, name), 'utf8').replaceAll('/etc/mosquitto/conf.d', dir);
    writeFileSync(join(dir, name), name.endsWith('.acl') ? `${text}\n${moreAcl}` : text, { mode: 0o600 });
  }
  const main = join(tempDir(test, 'coracle-mosquitto-'), 'mosquitto.conf');
  // As root, Mosquitto would drop to a user that cannot read the test's directory.
  const user = process.getuid?.() === 0 ? 'user root\n' : '';
  writeFileSync(main, `${user}persistence true\npersistence_location ${dir}/\ninclude_dir ${dir}\n`);
  const child = spawn(program, ['-c', main], { stdio: 'ignore' });
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  const stop = (): Promise<void> => end(child, () => exited);
  test.after(stop);
  await eventually('Mosquitto listens', () => {
    if (exited) throw new Error('Mosquitto ended at once: its configuration is wrong');
    return listens(port);
  });
  return { url: `mqtts://127.0.0.1:${port}`, port, stop };
}

function end(child: ChildProcess, exited: () => boolean): Promise<void> {
  if (exited()) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
