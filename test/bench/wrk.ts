/** Running wrk (a Debian package) with the ConfigMap script against a hub or the floor. */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('objects.lua', import.meta.url));

/** What wrk measured. */
export interface WrkResult {
  perSecond: number;
  p99: string;
  errors: number;
}

/** Installs wrk when root and missing; false when it is not to be had. */
export function haveWrk(): boolean {
  if (spawnSync('wrk', ['--version']).error === undefined) return true;
  if (process.getuid?.() !== 0) return false;
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', '-qq', 'wrk'], { stdio: 'ignore' });
  return spawnSync('wrk', ['--version']).error === undefined;
}

/** One run of wrk. */
export interface WrkRun {
  readonly port: number;
  readonly verb: string;
  readonly namespace: string;
  readonly token: string;
  readonly seconds: number;
  /** Makes the names of a create differ from those of other runs. */
  readonly suffix?: string;
}

/** 64 connections for `seconds`. Not synchronous: this process goes on serving meanwhile. */
export async function wrk({ port, verb, namespace, token, seconds, suffix = '' }: WrkRun): Promise<WrkResult> {
  const args = [
    '-t2',
    '-c64',
    `-d${seconds}s`,
    '--latency',
    '-s',
    script,
    `https://127.0.0.1:${port}`,
    '--',
    verb,
    namespace,
    token,
    suffix,
  ];
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0),
    p99: /99%\s+([\d.]+\S+)/.exec(text)?.[1] ?? '',
    errors: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
  };
}

/** Starts the floor in a process of its own. */
export async function startFloor(): Promise<{ port: number; process: ChildProcess }> {
  const child = fork(new URL('floor.ts', import.meta.url));
  const [port] = (await once(child, 'message')) as [number];
  return { port, process: child };
}
