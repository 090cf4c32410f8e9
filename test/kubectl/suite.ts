/** What a test of kubectl is written with: the program, a cluster that runs, a namespace and a directory of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { type Outcome, run as runProgram } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';

/** A kubectl that goes on: what it printed until now. */
export interface Following {
  readonly child: ChildProcess;
  text(): string;
  /** Resolves when what it printed, errors too, fits. */
  until(pattern: RegExp): Promise<string>;
  /** Interrupts it, and resolves when it has ended. */
  stop(): Promise<void>;
}

/** What a test works with. */
export interface Shell {
  /** A namespace that exists for this test alone; also a name nobody else uses. */
  readonly namespace: string;
  readonly kubeconfig: string;
  /** A directory of this test. */
  readonly dir: string;
  /** kubectl in the namespace: what it printed. Throws with its words when it fails. */
  run(args: readonly string[], input?: string): Promise<string>;
  /** kubectl in the namespace, with both outputs and its code. */
  both(args: readonly string[], input?: string, env?: NodeJS.ProcessEnv): Promise<Outcome>;
  /** kubectl in the namespace: the words with which it fails. */
  fails(args: readonly string[], input?: string): Promise<string>;
  /** kubectl that goes on; it ends with the test. */
  follow(args: readonly string[], env?: NodeJS.ProcessEnv): Following;
  /** A part of an object by JSONPath. */
  part(object: string, path: string): Promise<string>;
  /** Waits until a part of an object fits, and answers it. */
  until(object: string, path: string, wanted: RegExp): Promise<string>;
  /** Writes a file into the directory: its path. */
  file(name: string, text: string | Buffer): string;
  /** Runs at the end of the test, whatever happened: for what does not go with the namespace. */
  after(cleanup: () => unknown): void;
}

let counter = 0;

const environment = (): { dir: string; program: string } => {
  const { CORACLE_KUBECTL_DIR: dir, CORACLE_KUBECTL_PROGRAM: program } = process.env;
  if (dir === undefined || program === undefined) throw new Error('run these tests with `npm run test:kubectl`');
  return { dir, program };
};

function shellOf(namespace: string, dir: string, after: Shell['after']): Shell {
  const { dir: dataDir, program } = environment();
  const kubeconfig = join(dataDir, 'kubeconfig');
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: dir };
  const words = (args: readonly string[]): string[] => ['--namespace', namespace, ...args];
  const both: Shell['both'] = (args, input, more = {}) =>
    runProgram(program, words(args), { env: { ...env, ...more }, ...(input === undefined ? {} : { input }) });
  const run: Shell['run'] = async (args, input) => {
    const { code, stdout, stderr } = await both(args, input);
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  };
  const part: Shell['part'] = (object, path) => run(['get', ...object.split(' '), '-o', `jsonpath=${path}`]);
  return {
    namespace,
    kubeconfig,
    dir,
    both,
    run,
    part,
    after,
    async fails(args, input) {
      const { code, stdout, stderr } = await both(args, input);
      assert.notEqual(code, 0, `kubectl ${args.join(' ')} did not fail: ${stdout}`);
      return stderr;
    },
    async until(object, path, wanted) {
      let last = '';
      const look = async (): Promise<boolean> => {
        const { code, stdout } = await both(['get', ...object.split(' '), '-o', `jsonpath=${path}`]);
        last = stdout;
        return code === 0 && wanted.test(stdout);
      };
      await eventually(`${object} ${path} to be ${wanted}`, look, 40_000).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${last}`);
      });
      return last;
    },
    follow(args, more = {}) {
      const child = spawn(program, words(args), { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
      let text = '';
      const take = (chunk: Buffer): void => {
        text += chunk.toString();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      const stop = (): Promise<void> => {
        child.kill('SIGINT');
        return ended;
      };
      after(stop);
      return {
        child,
        stop,
        text: () => text,
        async until(pattern) {
          await eventually(`${args.join(' ')} to print ${pattern}`, () => pattern.test(text), 30_000).catch((error) => {
            throw new Error(`${(error as Error).message}; it printed ${text}`);
          });
          return text;
        },
      };
    },
    file(name, text) {
      const path = join(dir, name);
      writeFileSync(path, text);
      return path;
    },
  };
}

/** Registers a test of kubectl; it has a minute. */
export function kubectl(title: string, test: (shell: Shell) => Promise<void>): void {
  it(title, { timeout: 60_000 }, async () => {
    counter += 1;
    const namespace = `kubectl-${process.pid}-${counter}`;
    const dir = mkdtempSync(join(tmpdir(), 'coracle-kubectl-'));
    const cleanups: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
    const shell = shellOf(namespace, dir, (cleanup) => cleanups.push(cleanup));
    try {
      await shell.run(['create', 'namespace', namespace]);
      await test(shell);
    } finally {
      await shell.both(['delete', 'namespace', namespace, '--wait=false']);
      for (const cleanup of cleanups.reverse()) await cleanup();
    }
  });
}

/** A Pod of host processes that run scripts of a shell, one container each. */
export function shellPod(name: string, scripts: Readonly<Record<string, string>>, more: object = {}): string {
  const containers = Object.entries(scripts).map(([container, script]) => ({
    name: container,
    image: 'example.org/none:1',
    command: ['sh', '-c', script],
  }));
  const spec = { terminationGracePeriodSeconds: 1, containers, ...more };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec });
}

/** A Deployment whose Pods run a script of a shell. */
export function deployment(name: string, replicas: number, script = 'exec sleep 1000'): string {
  const container = { name: 'main', image: 'example.org/none:1', command: ['sh', '-c', script] };
  const template = {
    metadata: { labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: { replicas, selector: { matchLabels: { app: name } }, template },
  });
}
