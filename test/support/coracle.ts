/** The `coracle` command, and hubs and nodes started with it, as a user does, for end-to-end tests and benchmarks. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { isAlive, processesOf } from './processes.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const main = join(project, 'agent', 'cli', 'main.ts');

/** A manifest of configs/examples, as users copy them. */
export const example = (name: string): string => join(project, 'configs', 'examples', name);

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

/** Runs a program to its end (at most two minutes). */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] });
    const killer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(killer);
      resolve({ code: code ?? 128, stdout, stderr });
    });
  });
}

/** Runs `coracle …`; with `within`, behind those words (`ip netns exec …`). */
export function coracle(
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
  within: readonly string[] = [],
): Promise<Outcome> {
  const [program = '', ...rest] = [...within, process.execPath, main, ...args];
  return run(program, rest, { env: environment(more) });
}

/** `coracle …` that stays: the process, and a wait for what it prints. */
export interface StayingCoracle {
  readonly process: ChildProcess;
  /** Resolves with what fits in its output; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts `coracle …` without waiting for its end. */
export function stayingCoracle(args: readonly string[]): StayingCoracle {
  const child = spawn(process.execPath, [main, ...args], { env: environment({}), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    process: child,
    ended,
    async until(pattern) {
      const early = ended.then(
        (code) => pattern.exec(output) ?? Promise.reject(new Error(`it ended with ${code}: ${output}`)),
      );
      return Promise.race([eventually(`${pattern}`, () => pattern.exec(output) ?? false, 30_000), early]);
    },
  };
}

const hasKubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;

/** Why tests that drive a hub with kubectl cannot run here; false when they can. */
export const noKubectl = hasKubectl ? false : 'kubectl is not installed (Debian: apt-get install kubernetes-client)';

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

/** A data directory whose daemons are started and killed. */
export interface TestMachine {
  readonly dir: string;
  /** Process ids, read anew at each call. */
  pid(daemon: 'hub' | 'agent'): number;
  /** SIGKILL; resolves when the process is gone. */
  kill(daemon: 'hub' | 'agent'): Promise<void>;
  /** `coracle start` in the same directory; throws when it fails. */
  start(args?: readonly string[], within?: readonly string[]): Promise<void>;
  /** Stops everything, whatever state it is in, and removes the directory. */
  stop(): Promise<void>;
}

/** A hub (and agent) of its own on free ports. */
export interface TestHub extends TestMachine {
  readonly ports: Record<string, number>;
  /** Runs kubectl while this process goes on; throws with its words when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** `coracle add-node`: HOST:PORT/TOKEN/CAHASH. */
  joinUrl(args?: readonly string[]): Promise<string>;
}

interface RunFile {
  pid: number;
  ports: Record<string, number>;
}

function machine(dir: string): TestMachine {
  const pid = (daemon: string): number =>
    (JSON.parse(readFileSync(join(dir, daemon, 'run.json'), 'utf8')) as RunFile).pid;
  return {
    dir,
    pid,
    async kill(daemon) {
      const victim = pid(daemon);
      process.kill(victim, 'SIGKILL');
      await eventually(`the ${daemon} to be gone`, () => !isAlive(victim));
    },
    async start(args = [], within = []) {
      const { code, stdout, stderr } = await coracle(['start', '--data-dir', dir, ...args], {}, within);
      if (code !== 0) throw new Error(`coracle start: ${stderr}${stdout}`);
    },
    async stop() {
      if (!existsSync(dir)) return;
      await coracle(['stop', '--data-dir', dir]);
      for (const { pid: left } of processesOf(dir)) process.kill(left, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** `coracle start` on free ports in a fresh directory; with `within`, behind those words. Stop it in any case. */
export async function startHub(
  args: readonly string[] = [],
  where?: string,
  within: readonly string[] = [],
): Promise<TestHub> {
  const dir = where ?? mkdtempSync(join(tmpdir(), 'coracle-hub-'));
  const self = machine(dir);
  const ports = ['--api-port', '0', '--join-port', '0', '--mqtt-port', '0'];
  try {
    await self.start([...ports, '--bind-address', '127.0.0.1', ...args], within);
  } catch (error) {
    await self.stop();
    throw error;
  }
  const runs = JSON.parse(readFileSync(join(dir, 'hub', 'run.json'), 'utf8')) as RunFile;
  return {
    ...self,
    ports: runs.ports,
    async kubectl(words, input) {
      const env = { ...process.env, KUBECONFIG: join(dir, 'kubeconfig') };
      const { code, stdout, stderr } = await run('kubectl', words, { env, ...(input === undefined ? {} : { input }) });
      if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${stderr}`);
      return stdout;
    },
    async joinUrl(words = []) {
      const { code, stdout, stderr } = await coracle(['add-node', '--data-dir', dir, '--format', 'json', ...words]);
      if (code !== 0) throw new Error(`coracle add-node: ${stderr}`);
      return (JSON.parse(stdout) as { urls: string[] }).urls[0] ?? '';
    },
  };
}

/**
 * `coracle join` of a machine of its own, with the process runtime unless told otherwise; with `within`, behind those
 * words. Stop it in any case.
 */
export async function joinNode(
  url: string,
  name: string,
  args: readonly string[] = [],
  place: { dir?: string; within?: readonly string[] } = {},
): Promise<TestMachine> {
  const dir = place.dir ?? mkdtempSync(join(tmpdir(), 'coracle-node-'));
  const words = ['join', url, '--data-dir', dir, '--node-name', name, '--runtime', 'process', ...args];
  const { code, stdout, stderr } = await coracle(words, {}, place.within);
  const self = machine(dir);
  if (code === 0) return self;
  await self.stop();
  throw new Error(`coracle join: ${stderr}${stdout}`);
}
