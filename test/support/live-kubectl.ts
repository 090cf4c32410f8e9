/** kubectl with bytes in and out, of any version, for streams. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Which kubectl speaks how. */
export interface Speaker {
  readonly title: string;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How a run ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The installed kubectl over WebSocket, and over SPDY as those before v1.30 do. */
export const speakers: readonly Speaker[] = [
  { title: 'WebSocket', program: 'kubectl', env: {} },
  {
    title: 'SPDY',
    program: 'kubectl',
    env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
  },
];

/** Debian's own kubectl (1.20), unpacked beside the installed one; undefined where it cannot be had. */
export function debianKubectl(dir: string): Speaker | undefined {
  const quiet = { cwd: dir, stdio: 'ignore', timeout: 120_000 } as const;
  spawnSync('apt-get', ['download', 'kubernetes-client'], quiet);
  const found = readdirSync(dir).find((name) => name.endsWith('.deb'));
  if (found === undefined) return undefined;
  spawnSync('dpkg-deb', ['-x', found, 'unpacked'], quiet);
  const program = join(dir, 'unpacked', 'usr', 'bin', 'kubectl');
  return existsSync(program) ? { title: "Debian's kubectl", program, env: {} } : undefined;
}

/** Starts kubectl against the hub of a data directory. */
export function startKubectl(speaker: Speaker, dir: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, KUBECONFIG: join(dir, 'kubeconfig'), ...speaker.env };
  const child = spawn(speaker.program, args, { env, stdio: 'pipe' });
  child.stdin.on('error', () => {});
  return child;
}

/** Runs it to its end, at most half a minute. */
export function runKubectl(
  speaker: Speaker,
  dir: string,
  args: readonly string[],
  input: Buffer | string = '',
): Promise<Ended> {
  const child = startKubectl(speaker, dir, args);
  child.stdin.end(input);
  return ended(child);
}

/** What a started kubectl prints from now on, and how it ends. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(killer);
      resolve({ code: code ?? 128, stdout: Buffer.concat(stdout), stderr });
    });
  });
}
