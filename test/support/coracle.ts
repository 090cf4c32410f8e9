/** The `coracle` command and hubs started with it, as a user does, for end-to-end tests and benchmarks. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const main = join(project, 'agent', 'cli', 'main.ts');

/** How a command ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_COMPILE_CACHE: join(project, 'node_modules', '.cache', 'compile'),
  NO_COLOR: '1',
  ...more,
});

/** Runs `coracle …` to its end (at most two minutes). */
export function coracle(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: environment(more),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const killer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(killer);
      resolve({ code: code ?? 128, stdout, stderr });
    });
  });
}

/** Runs kubectl against a data directory's hub; throws with its words when it fails. */
export function kubectl(dataDir: string, args: readonly string[], input?: string): string {
  const result = spawnSync('kubectl', args, {
    env: { ...process.env, KUBECONFIG: join(dataDir, 'kubeconfig') },
    input: input ?? '',
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr || result.error?.message}`);
  return result.stdout;
}

/** A hub (and agent) of its own on free ports. */
export interface TestHub {
  readonly dir: string;
  readonly ports: Record<string, number>;
  /** Process ids, read anew at each call. */
  pid(daemon: 'hub' | 'agent'): number;
  stop(): Promise<void>;
}

/** `coracle start` on free ports in a fresh directory. Stop it in any case. */
export async function startHub(args: readonly string[] = [], where?: string): Promise<TestHub> {
  const dir = where ?? mkdtempSync(join(tmpdir(), 'coracle-hub-'));
  const free = ['--api-port', '0', '--join-port', '0', '--mqtt-port', '0', '--bind-address', '127.0.0.1'];
  const outcome = await coracle(['start', '--data-dir', dir, ...free, ...args]);
  const stop = async (): Promise<void> => {
    await coracle(['stop', '--data-dir', dir]);
    rmSync(dir, { recursive: true, force: true });
  };
  if (outcome.code !== 0) {
    await stop();
    throw new Error(`coracle start: ${outcome.stderr}${outcome.stdout}`);
  }
  const run = (daemon: string): { pid: number; ports: Record<string, number> } =>
    JSON.parse(readFileSync(join(dir, daemon, 'run.json'), 'utf8')) as { pid: number; ports: Record<string, number> };
  return { dir, ports: run('hub').ports, pid: (daemon) => run(daemon).pid, stop };
}
