/** A runtime in memory whose delays and exits are scripted: for thousands of hollow agents in one process. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../hub/base/clock.ts';
import type { LiveProcess } from '../../agent/runtime/live-process.ts';
import type {
  ContainerConfig,
  ContainerObservation,
  ContainerUsage,
  Resources,
} from '../../agent/runtime/container.ts';
import type { Images } from '../../agent/runtime/image.ts';
import { type ContainerLog, type Observation, type Runtime, RuntimeError } from '../../agent/runtime/runtime.ts';
import type { PodResources, SandboxConfig, SandboxObservation } from '../../agent/runtime/sandbox.ts';

/** What one container does: fails to start, or ends by itself after `exitAfter` milliseconds. */
export interface Script {
  readonly failure?: { readonly reason: string; readonly message: string };
  readonly exitAfter?: number;
  readonly exitCode?: number;
  /** Milliseconds it takes to stop when asked; longer than its grace means it is killed. */
  readonly stopAfter?: number;
  /** What commands run in it answer, such as probes. */
  readonly execCode?: number;
  readonly usage?: { readonly cpu: number; readonly memory: number };
}

/** `script` says what each container does; `startDelay` how long a start takes, in milliseconds. */
export interface FakeRuntimeOptions {
  readonly clock: Clock;
  readonly address?: string;
  readonly startDelay?: number;
  readonly script?: (config: ContainerConfig) => Script;
  /** Unset: containers are made without images. */
  readonly images?: Images;
  /** Where logs of containers are, for tests that read them. */
  readonly log?: (id: string) => ContainerLog | undefined;
}

interface Running {
  readonly config: ContainerConfig;
  readonly script: Script;
  observation: ContainerObservation;
  stopped: (() => void)[];
  cancel: () => void;
}

/** The fake. What the agent did can be read from `calls`. */
export class FakeRuntime implements Runtime {
  readonly name: string = 'fake';
  readonly version: string = '1.0.0';
  readonly images: Images | undefined;
  readonly mounts = true;
  readonly calls: string[] = [];
  readonly #options: FakeRuntimeOptions;
  readonly #sandboxes = new Map<string, SandboxObservation>();
  readonly #containers = new Map<string, Running>();
  readonly #listeners = new Set<(uid: string) => void>();

  constructor(options: FakeRuntimeOptions) {
    this.#options = options;
    this.images = options.images;
  }

  isHostProcess(): boolean {
    return false;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async ensureSandbox(config: SandboxConfig): Promise<void> {
    if (this.#sandboxes.get(config.uid)?.ready === true) return;
    this.calls.push(`sandbox ${config.name}`);
    const { uid, namespace, name } = config;
    const addresses = [this.#options.address ?? '192.0.2.1'];
    this.#sandboxes.set(uid, { uid, namespace, name, ready: true, createdAt: this.#options.clock.now(), addresses });
  }

  async stopSandbox(uid: string): Promise<void> {
    const sandbox = this.#sandboxes.get(uid);
    if (sandbox === undefined) return;
    this.calls.push(`stop sandbox ${sandbox.name}`);
    this.#sandboxes.set(uid, { ...sandbox, ready: false });
  }

  async removeSandbox(uid: string): Promise<void> {
    for (const [id, running] of this.#containers) {
      if (running.config.pod.uid !== uid) continue;
      this.end(id, 137);
      this.#containers.delete(id);
    }
    this.#sandboxes.delete(uid);
  }

  async resizeContainer(id: string, { memoryLimit, cpuLimit }: Resources): Promise<void> {
    const name = this.#containers.get(id)?.config.name ?? '';
    this.calls.push(`resize ${name} cpu=${cpuLimit ?? ''} memory=${memoryLimit ?? ''}`);
  }

  async resizeSandbox(uid: string, { memoryLimit, cpuLimit }: PodResources): Promise<void> {
    const name = this.#sandboxes.get(uid)?.name ?? '';
    this.calls.push(`resize sandbox ${name} cpu=${cpuLimit ?? ''} memory=${memoryLimit ?? ''}`);
  }

  async startContainer(config: ContainerConfig): Promise<void> {
    if (this.#containers.has(config.id)) return;
    const script = this.#options.script?.(config) ?? {};
    if (this.#options.startDelay !== undefined) await this.#options.clock.sleep(this.#options.startDelay);
    if (script.failure !== undefined) throw new RuntimeError(script.failure.reason, script.failure.message);
    this.calls.push(`start ${config.name}#${config.attempt}`);
    const { id, pod, name, attempt, image } = config;
    const { clock } = this.#options;
    const observation = {
      id,
      shownId: `fake://${id}`,
      pod,
      name,
      attempt,
      image,
      imageId: image,
      state: 'running',
      startedAt: clock.now(),
    } as const;
    const cancel =
      script.exitAfter === undefined
        ? (): void => {}
        : clock.after(script.exitAfter, () => this.end(id, script.exitCode ?? 0));
    this.#containers.set(id, { config, script, observation, stopped: [], cancel });
    this.#tell(pod.uid);
  }

  async stopContainer(id: string, grace: number): Promise<void> {
    const running = this.#containers.get(id);
    if (running === undefined || running.observation.state === 'exited') return;
    this.calls.push(`stop ${running.config.name}#${running.config.attempt}`);
    const done = new Promise<void>((resolve) => running.stopped.push(resolve));
    const need = running.script.stopAfter ?? 0;
    const killed = need > grace * 1000 || grace <= 0;
    this.#options.clock.after(Math.min(need, grace * 1000), () => this.end(id, killed ? 137 : 143));
    await done;
  }

  async removeContainer(id: string): Promise<void> {
    this.#containers.delete(id);
  }

  async list(uid?: string): Promise<Observation> {
    if (uid === undefined)
      return {
        sandboxes: [...this.#sandboxes.values()],
        containers: [...this.#containers.values()].map((running) => running.observation),
      };
    const sandbox = this.#sandboxes.get(uid);
    const containers: ContainerObservation[] = [];
    for (const running of this.#containers.values())
      if (running.config.pod.uid === uid) containers.push(running.observation);
    return { sandboxes: sandbox === undefined ? [] : [sandbox], containers };
  }

  log(id: string): ContainerLog | undefined {
    return this.#containers.has(id) ? this.#options.log?.(id) : undefined;
  }

  async exec(id: string): Promise<{ code: number; output: string }> {
    return { code: this.#containers.get(id)?.script.execCode ?? 0, output: '' };
  }

  async run(): Promise<LiveProcess> {
    throw new RuntimeError('ExecError', 'the fake runs no commands');
  }

  async attach(): Promise<LiveProcess> {
    throw new RuntimeError('AttachError', 'the fake has no streams');
  }

  async connect(): Promise<Duplex> {
    throw new RuntimeError('ConnectError', 'the fake has no ports');
  }

  async stats(): Promise<readonly ContainerUsage[]> {
    return [...this.#containers.values()]
      .filter((running) => running.observation.state === 'running')
      .map(({ config: { id, pod, name }, script }) => ({ id, pod, name, cpu: 0, memory: 0, ...script.usage }));
  }

  subscribe(listener: (uid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends a container now, as a crash would. */
  end(id: string, exitCode: number): void {
    const running = this.#containers.get(id);
    if (running === undefined || running.observation.state === 'exited') return;
    running.cancel();
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    running.observation = {
      ...running.observation,
      state: 'exited',
      finishedAt: this.#options.clock.now(),
      exitCode,
      reason,
    };
    for (const resolve of running.stopped.splice(0)) resolve();
    this.#tell(running.config.pod.uid);
  }

  /** Loses the sandbox of a Pod, as when its pause process is killed; its containers run on. */
  loseSandbox(uid: string): void {
    const sandbox = this.#sandboxes.get(uid);
    if (sandbox !== undefined) this.#sandboxes.set(uid, { ...sandbox, ready: false });
    this.#tell(uid);
  }

  /** Forgets everything that ran, as a reboot of the machine does to processes. */
  reboot(): void {
    for (const [uid, sandbox] of this.#sandboxes) this.#sandboxes.set(uid, { ...sandbox, ready: false });
    for (const running of this.#containers.values()) {
      running.cancel();
      if (running.observation.state === 'exited') continue;
      const finishedAt = this.#options.clock.now();
      running.observation = { ...running.observation, state: 'exited', finishedAt, exitCode: 255, reason: 'Unknown' };
    }
  }

  #tell(uid: string): void {
    for (const listener of this.#listeners) listener(uid);
  }
}
