/**
 * Machines for the binaries: network namespaces of which the hub's holds a bridge, with a cable to each of the others. Nothing of
 * this machine's own network is touched. Needs root and iproute2.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Sample } from './growth.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const heldMemory = fileURLToPath(new URL('held-memory.mjs', import.meta.url));
const binary = (name: string): string => join(project, 'dist', `linux-${process.arch}`, name);
const run = promisify(execFile);
const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

/** One machine: a network namespace, a data directory, and the daemon that runs in it. */
export class Machine {
  readonly name: string;
  readonly dir: string;
  readonly #namespace: string;
  readonly #daemon: readonly string[];
  #child: ChildProcess | undefined;

  constructor(name: string, place: { namespace: string; directory: string; daemon: readonly string[] }) {
    this.name = name;
    this.#namespace = place.namespace;
    this.dir = place.directory;
    this.#daemon = place.daemon;
  }

  /** Starts its daemon as a service manager would: in the foreground, with nothing but its data directory. */
  start(): void {
    const [program = '', ...words] = this.#daemon;
    const log = openSync(`${this.dir}.log`, 'a');
    this.#child = spawn('ip', ['netns', 'exec', this.#namespace, binary(program), ...words, '--data-dir', this.dir], {
      stdio: ['ignore', log, log],
      env: { ...process.env, MALLOC_ARENA_MAX: '1' },
    });
    closeSync(log);
  }

  /** Ends the daemon by `signal`; it has ended when this resolves. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Runs a program of this machine to its end; answers what it printed, rejects when it fails. */
  async inside(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('ip', ['netns', 'exec', this.#namespace, program, ...args], { maxBuffer: 2 ** 26 });
    return stdout;
  }

  coracle(...args: string[]): Promise<string> {
    return this.inside(binary('coracle'), ...args, '--data-dir', this.dir);
  }

  kubectl(...args: string[]): Promise<string> {
    return this.inside('kubectl', '--kubeconfig', join(this.dir, 'kubeconfig'), ...args);
  }

  /** Processes in this machine's network, whoever started them: the daemon, and what Pods left behind. */
  processes(): number {
    return ip('netns', 'pids', this.#namespace).split('\n').filter(Boolean).length;
  }

  /** Bytes of JavaScript's heap, and outside of it, that are in use once garbage is collected. */
  async held(): Promise<number> {
    // Node's own signal: the inspector listens on the loopback address of this machine's network
    this.#child?.kill('SIGUSR1');
    return Number(await this.inside(process.execPath, heldMemory));
  }

  /** What the daemon takes of its machine now. */
  sample(): Sample {
    const proc = `/proc/${this.#child?.pid}`;
    const status = readFileSync(join(proc, 'status'), 'utf8');
    const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    const disk = execFileSync('du', ['--summarize', '--block-size=1', this.dir], { encoding: 'utf8' });
    return {
      resident: number('VmRSS') * 1024,
      threads: number('Threads'),
      descriptors: readdirSync(join(proc, 'fd')).length,
      disk: Number.parseInt(disk, 10),
    };
  }
}

/** The hub's machine and those of nodes. */
export class Site {
  readonly hub: Machine;
  readonly #directory = mkdtempSync(join(tmpdir(), 'coracle-churn-'));
  readonly #mark = `churn${process.pid}`;
  readonly #nodes: string[] = [];
  readonly #machines: Machine[] = [];

  constructor() {
    // RFC 5737 documentation range: nobody's network
    const address = '203.0.113.1';
    const namespace = this.#namespace('hub');
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'link', 'add', 'lan', 'type', 'bridge');
    ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'lan');
    ip('-n', namespace, 'link', 'set', 'lan', 'up');
    this.hub = this.#machine('hub', ['coracle-hub']);
    mkdirSync(join(this.hub.dir, 'hub'), { recursive: true });
    writeFileSync(join(this.hub.dir, 'hub', 'settings.json'), JSON.stringify({ bindAddress: address }));
  }

  /** A machine on the hub's network. */
  addNode(name: string): Machine {
    const [hub, own] = [this.#namespace('hub'), this.#namespace(name)];
    this.#nodes.push(name);
    ip('netns', 'add', own);
    ip('-n', hub, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own);
    ip('-n', hub, 'link', 'set', name, 'master', 'lan', 'up');
    ip('-n', own, 'address', 'add', `203.0.113.${this.#nodes.length + 1}/24`, 'dev', 'eth0');
    ip('-n', own, 'link', 'set', 'lo', 'up');
    ip('-n', own, 'link', 'set', 'eth0', 'up');
    return this.#machine(name, ['coracle', 'agent']);
  }

  /** Pulls the cable of a node, or plugs it in again. Neither end is told more than that. */
  setLink(name: string, state: 'up' | 'down'): void {
    ip('-n', this.#namespace('hub'), 'link', 'set', name, state);
  }

  /** The last lines of every daemon, for somebody who looks for a failure. */
  logs(): string {
    return this.#machines
      .filter(({ dir }) => existsSync(`${dir}.log`))
      .map(({ name, dir }) => `--- ${name}\n${readFileSync(`${dir}.log`, 'utf8').split('\n').slice(-25).join('\n')}`)
      .join('\n');
  }

  /** Ends every daemon and every process they left, and takes the networks and directories away. */
  async remove(): Promise<void> {
    for (const machine of this.#machines) await machine.end('SIGTERM');
    for (const name of [...this.#nodes, 'hub']) {
      const namespace = this.#namespace(name);
      // Pods of agents outlive them by design
      for (const pid of ip('netns', 'pids', namespace).split('\n').filter(Boolean)) kill(Number(pid));
      ip('netns', 'delete', namespace);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #namespace(name: string): string {
    return `${this.#mark}-${name}`;
  }

  #machine(name: string, daemon: readonly string[]): Machine {
    const place = { namespace: this.#namespace(name), directory: join(this.#directory, name), daemon };
    const machine = new Machine(name, place);
    this.#machines.push(machine);
    return machine;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
