/**
 * The process runtime: a container's command as a supervised process of this machine, for nodes without a container runtime.
 *
 * INVARIANTS: a record is on disk before its shim starts; a container counts as exited only when its exit code is
 * read and nothing of its session is left, so the next attempt never meets the one before; the agent's death touches nothing.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';
import type { Duplex } from 'node:stream';
import { connectLocally } from '../../../hub/base/local-port.ts';
import { type Cgroups, findCgroups } from './cgroup.ts';
import { LogTimes } from './log-times.ts';
import { RawLog } from './log-reader.ts';
import { refuseHandler } from './handler.ts';
import { type HostTools, findHostTools, logFile, refuseImageOnly, startShim, timesFile } from './start.ts';
import { ended, type Entry, observe } from './entry.ts';
import type { ProcessRuntimeOptions } from './options.ts';
import { ProcessStore, type StoredContainer } from './record.ts';
import { readProcess, sessionMembers } from './table.ts';
import { measureProcesses } from './stats.ts';
import { sendSignal } from './signal.ts';
import { execBeside } from './exec.ts';
import { beside, type BesideTools, findBesideTools } from './beside.ts';
import type { LiveOptions, LiveProcess } from '../live-process.ts';
import { attachToLog, runBeside } from './live.ts';
import type { ContainerConfig, ContainerUsage, Resources } from '../container.ts';
import { type ContainerLog, type Observation, type Runtime, RuntimeError } from '../runtime.ts';
import type { SandboxConfig, SandboxObservation } from '../sandbox.ts';

/** How often survivors are looked at whose shim may have been killed, in milliseconds. */
const sweepEvery = 10_000;

/** Makes the process runtime. */
export function createProcessRuntime(options: ProcessRuntimeOptions): Runtime {
  return new ProcessRuntime(options);
}

class ProcessRuntime implements Runtime {
  readonly name = 'process';
  /** A host process has no image: what stands in `image` is only shown. */
  readonly images = undefined;
  readonly mounts = false;
  readonly isHostProcess = (): boolean => true;
  readonly version: string;
  readonly #options: ProcessRuntimeOptions;
  readonly #store: ProcessStore;
  readonly #entries = new Map<string, Entry>();
  readonly #sandboxes = new Map<string, SandboxObservation>();
  readonly #listeners = new Set<(uid: string) => void>();
  readonly #checking = new Map<string, Promise<void>>();
  #tools: HostTools = { setsid: undefined, setpriv: undefined, programs: undefined };
  #besideTools: Promise<BesideTools> | undefined;
  #cgroups: Cgroups | undefined;
  #watcher: FSWatcher | undefined;
  #cancelSweep: () => void = () => {};
  #stopped = false;

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.version = options.version;
    this.#store = new ProcessStore(options.dir, options.clock);
  }

  async start(): Promise<void> {
    await this.#store.prepare();
    this.#tools = await findHostTools(this.#options.programs);
    if (this.#options.cgroup !== false) this.#cgroups = await findCgroups(this.#options.cgroup ?? 'coracle');
    for (const sandbox of await this.#store.sandboxes(this.#options.boot)) this.#sandboxes.set(sandbox.uid, sandbox);
    this.#listen();
    for (const stored of await this.#store.containers()) await this.#adopt(stored);
    this.#sweepLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watcher?.close();
    this.#cancelSweep();
    await Promise.all([...this.#entries.values()].map((entry) => entry.times?.stop()));
    await Promise.all(this.#checking.values());
  }

  async ensureSandbox(config: SandboxConfig): Promise<void> {
    if (this.#sandboxes.get(config.uid)?.ready === true) return;
    refuseHandler(config.handler);
    const { uid, namespace, name } = config;
    const addresses = this.#options.addresses();
    const sandbox = { uid, namespace, name, ready: true, createdAt: this.#options.clock.now(), addresses };
    await this.#store.addSandbox(sandbox, this.#options.boot);
    this.#sandboxes.set(uid, sandbox);
  }

  async stopSandbox(uid: string): Promise<void> {
    const sandbox = this.#sandboxes.get(uid);
    if (!sandbox) return;
    // as of no boot: it is not ready for a new agent either
    await this.#store.addSandbox(sandbox, '');
    this.#sandboxes.set(uid, { ...sandbox, ready: false });
  }

  async removeSandbox(uid: string): Promise<void> {
    const entries = [...this.#entries.values()].filter((entry) => entry.stored.record.pod.uid === uid);
    await Promise.all(entries.map((entry) => this.stopContainer(entry.stored.record.id, 0)));
    for (const entry of entries) await this.removeContainer(entry.stored.record.id);
    await this.#store.removeSandbox(uid);
    this.#sandboxes.delete(uid);
  }

  async resizeContainer(id: string, resources: Resources): Promise<void> {
    await this.#entries.get(id)?.cgroup?.resize(resources);
  }

  /** Host processes share no group. */
  async resizeSandbox(): Promise<void> {}

  async startContainer(config: ContainerConfig): Promise<void> {
    if (this.#entries.has(config.id)) return;
    refuseImageOnly(config);
    const unpassable = Object.keys(config.environment).filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
    if (unpassable.length > 0)
      this.#options.log.warn(
        { container: config.name, names: unpassable },
        'a shell cannot pass these variables on; left out',
      );
    const { clock, boot } = this.#options;
    const stored = await this.#store.addContainer({
      id: config.id,
      pod: config.pod,
      name: config.name,
      attempt: config.attempt,
      image: config.image,
      stopSignal: config.stopSignal ?? 'SIGTERM',
      boot,
      createdAt: clock.now(),
      logOnError: config.termination.logOnError,
    });
    const cgroup = await this.#cgroups?.create(this.#group(stored), config.resources).catch(() => undefined);
    const entry: Entry = {
      stored,
      observation: observe(stored, clock.now()),
      waiting: [],
      watched: new Set(),
      ...(cgroup === undefined ? {} : { cgroup }),
    };
    try {
      const exited = (): void => this.#check(config.id);
      entry.shim = await startShim({ config, container: stored, tools: this.#tools, cgroup, exited });
    } catch (error) {
      await cgroup?.remove();
      await this.#store.removeContainer(stored);
      throw error;
    }
    this.#entries.set(config.id, entry);
    entry.times = this.#times(stored);
    await entry.times.start();
    this.#check(config.id);
  }

  async stopContainer(id: string, grace: number): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.observation.state === 'exited') return;
    // nobody looks any more: the end would never be seen
    if (this.#stopped) throw new RuntimeError('StopContainerError', 'the process runtime was stopped');
    const { clock } = this.#options;
    const killAt = clock.now() + grace * 1000;
    const done = new Promise<void>((resolve) => entry.waiting.push(resolve));
    if (entry.killAt === undefined && grace > 0) await this.#signal(entry, entry.stored.record.stopSignal);
    if (entry.killAt === undefined || killAt < entry.killAt) {
      entry.killAt = killAt;
      const kill = (): void => void this.#signal(entry, 'SIGKILL');
      if (grace <= 0) kill();
      else {
        const cancel = clock.after(grace * 1000, kill);
        entry.waiting.push(cancel);
      }
    }
    await done;
  }

  async removeContainer(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    await entry.times?.stop();
    await entry.cgroup?.remove();
    await this.#store.removeContainer(entry.stored);
    this.#entries.delete(id);
  }

  async list(uid?: string): Promise<Observation> {
    const addresses = this.#options.addresses();
    const mine = (pod: { uid: string }): boolean => uid === undefined || pod.uid === uid;
    return {
      sandboxes: [...this.#sandboxes.values()].filter(mine).map((sandbox) => ({ ...sandbox, addresses })),
      containers: [...this.#entries.values()].filter((e) => mine(e.stored.record.pod)).map((e) => e.observation),
    };
  }

  log(id: string): ContainerLog | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    return new RawLog({
      log: logFile(entry.stored),
      times: timesFile(entry.stored),
      running: () => this.#entries.get(id) === entry && entry.observation.state === 'running',
      changed: (listener) => this.subscribe(listener),
    });
  }

  async exec(id: string, command: readonly string[], timeout: number): Promise<{ code: number; output: string }> {
    const pid = this.#entries.get(id)?.process?.pid;
    if (pid === undefined) throw new RuntimeError('ExecError', 'the container does not run');
    return execBeside(pid, command, timeout);
  }

  async run(id: string, options: LiveOptions & { command: readonly string[] }): Promise<LiveProcess> {
    const entry = this.#entries.get(id);
    const process = entry === undefined ? undefined : await this.#begun(entry);
    if (entry === undefined || process === undefined) throw new RuntimeError('ExecError', 'the container does not run');
    this.#besideTools ??= findBesideTools();
    const tools = await this.#besideTools;
    const where = await beside(process.pid, entry.cgroup?.joins ?? [], tools);
    const live = await runBeside({ command: options.command, where, tools, live: options, clock: this.#options.clock });
    entry.watched.add(live);
    void live.exited.then(() => entry.watched.delete(live));
    return live;
  }

  async attach(id: string, options: LiveOptions): Promise<LiveProcess> {
    const log = this.log(id);
    if (log === undefined) throw new RuntimeError('AttachError', 'the container does not run');
    return attachToLog(log, options);
  }

  connect(_uid: string, port: number): Promise<Duplex> {
    return connectLocally(port);
  }

  stats(): Promise<readonly ContainerUsage[]> {
    const running = [...this.#entries.values()].filter((entry) => entry.observation.state === 'running');
    return measureProcesses(
      running.map((entry) => ({ record: entry.stored.record, session: entry.process?.session, cgroup: entry.cgroup })),
    );
  }

  /** The process of a container. One that has only begun is waited for, until its shim has told, or it is over. */
  #begun(entry: Entry): Promise<Entry['process']> {
    const isKnown = (): boolean => entry.process !== undefined || entry.observation.state !== 'running';
    if (isKnown()) return Promise.resolve(entry.process);
    return new Promise((resolve) => {
      const leave = this.subscribe(() => {
        if (!isKnown()) return;
        leave();
        resolve(entry.process);
      });
    });
  }

  subscribe(listener: (uid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #group(stored: StoredContainer): string {
    return `${stored.record.pod.uid}/${stored.record.id}`;
  }

  #times(stored: StoredContainer): LogTimes {
    const { clock, logLimit } = this.#options;
    return new LogTimes({ log: logFile(stored), times: timesFile(stored), limit: logLimit ?? 10 * 2 ** 20, clock });
  }

  /** Takes over a container an earlier agent started. */
  async #adopt(stored: StoredContainer): Promise<void> {
    const { record } = stored;
    const entry: Entry = { stored, observation: observe(stored, record.createdAt), waiting: [], watched: new Set() };
    if (record.boot !== this.#options.boot) {
      const report = await this.#store.report(stored);
      const exit = report.exit ?? { code: 255, at: this.#options.clock.now() };
      entry.observation = await ended(entry, exit, report.exit === undefined);
      this.#entries.set(record.id, entry);
      return;
    }
    const shim = await this.#store.shim(stored);
    if (shim === undefined) return this.#store.removeContainer(stored);
    entry.shim = shim;
    const cgroup = this.#cgroups?.open(this.#group(stored));
    if (cgroup !== undefined) entry.cgroup = cgroup;
    this.#entries.set(record.id, entry);
    await this.#look(record.id);
    if (entry.observation.state === 'exited') return;
    entry.times = this.#times(stored);
    await entry.times.start();
  }

  #listen(): void {
    const heard = (name: string | null): void => {
      const id = basename(name ?? '').split('.')[0] ?? '';
      if (this.#entries.has(id)) this.#check(id);
    };
    try {
      // Persistent: as long as containers may end, the agent has a reason to live.
      this.#watcher = watch(this.#store.events, (_kind, name) => heard(name));
      this.#watcher.on('error', (error) =>
        this.#options.log.warn({ error: String(error) }, 'cannot watch for exits; looking every 10 s'),
      );
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'cannot watch for exits; looking every 10 s');
    }
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(sweepEvery, () => {
      for (const [id, entry] of this.#entries) if (entry.observation.state === 'running') this.#check(id);
      if (!this.#stopped) this.#sweepLater();
    });
  }

  /** Looks at a container soon; several calls while one look is under way become one more look. */
  #check(id: string): void {
    const before = this.#checking.get(id) ?? Promise.resolve();
    const next = before
      .then(() => this.#look(id))
      .catch((error: unknown) =>
        this.#options.log.warn({ container: id, error: String(error) }, 'could not look at a container'),
      );
    this.#checking.set(id, next);
    void next.finally(() => {
      if (this.#checking.get(id) === next) this.#checking.delete(id);
    });
  }

  async #look(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.observation.state === 'exited') return;
    const report = await this.#store.report(entry.stored);
    if (entry.process === undefined && report.process !== undefined) {
      entry.process = report.process.stat;
      entry.observation = { ...entry.observation, startedAt: report.process.at };
      if (entry.killAt !== undefined)
        await this.#signal(
          entry,
          entry.killAt <= this.#options.clock.now() ? 'SIGKILL' : entry.stored.record.stopSignal,
        );
      this.#tell(entry);
    }
    const exit = report.exit ?? ((await this.#vanished(entry)) ? await this.#lastWord(entry) : undefined);
    if (exit === undefined) return;
    for (const live of entry.watched) live.leave();
    await this.#sweepOut(entry);
    const oom = exit.code === 137 && (await entry.cgroup?.usage())?.oomKilled === true;
    entry.observation = await ended(entry, exit, exit.code === 255 && report.exit === undefined, oom);
    await entry.times?.stop();
    for (const resolve of entry.waiting.splice(0)) resolve();
    this.#tell(entry);
  }

  /** Neither shim nor process lives: nobody will write an exit code any more. */
  async #vanished(entry: Entry): Promise<boolean> {
    const alive = entry.shim === undefined ? undefined : await readProcess(entry.shim);
    if (alive !== undefined && alive.session === entry.shim) return false;
    if (entry.process === undefined) return true;
    const own = await readProcess(entry.process.pid);
    return own === undefined || own.started !== entry.process.started;
  }

  /** The shim may have written and ended between two looks. */
  async #lastWord(entry: Entry): Promise<{ code: number; at: number }> {
    return (await this.#store.report(entry.stored)).exit ?? { code: 255, at: this.#options.clock.now() };
  }

  /** Kills what the process left behind, as the end of a container's first process does. */
  async #sweepOut(entry: Entry): Promise<void> {
    for (let round = 0; round < 50; round++) {
      const session = entry.process?.session;
      const pids = new Set(await entry.cgroup?.members());
      if (session !== undefined) for (const member of await sessionMembers(new Set([session]))) pids.add(member.pid);
      if (pids.size === 0) return;
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      await this.#options.clock.sleep(20);
    }
    this.#options.log.warn({ container: entry.stored.record.name }, 'processes of an ended container cannot be killed');
  }

  /** Signals the process's whole group; a kill reaches everything of its session and control group. */
  async #signal(entry: Entry, signal: string): Promise<void> {
    const target = entry.process;
    if (target === undefined || entry.observation.state === 'exited') return;
    const now = await readProcess(target.pid);
    if (now?.started === target.started) sendSignal(-target.pid, signal);
    if (signal !== 'SIGKILL') return;
    for (const member of await sessionMembers(new Set([target.session]))) sendSignal(member.pid, signal);
    for (const pid of (await entry.cgroup?.members()) ?? []) sendSignal(pid, signal);
  }

  #tell(entry: Entry): void {
    for (const listener of this.#listeners) listener(entry.stored.record.pod.uid);
  }
}
