/** Debian's Mosquitto as an external broker for tests, with the configuration and ACL the project emits. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { mosquittoAcl, mosquittoConfiguration } from '../../hub/mqtt/acl.ts';
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
  const dir = tempDir(test, 'coracle-mosquitto-');
  const server = await options.authority.server('localhost');
  const file = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const port = options.port ?? (await freePort());
  const configuration = mosquittoConfiguration({
    port,
    files: {
      ca: file('ca.crt', options.authority.ca),
      cert: file('server.crt', server.cert),
      key: file('server.key', server.key),
      acl: file('acl', mosquittoAcl),
    },
  });
  // As root, Mosquitto would drop to a user that cannot read the test's directory.
  const user = process.getuid?.() === 0 ? 'user root\n' : '';
  const child = spawn(program, ['-c', file('mosquitto.conf', `${user}${configuration}`)], { stdio: 'ignore' });
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

function freePort(): Promise<number> {
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
