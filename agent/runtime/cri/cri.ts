/**
 * Containers by a container runtime that speaks CRI v1: containerd from 1.6 on, or CRI-O. What it has is known from events;
 * what is asked of it can be asked again.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { ContainerConfig, ContainerObservation, ContainerUsage, Resources } from '../container.ts';
import type { Images } from '../image.ts';
import type { LiveOptions, LiveProcess } from '../live-process.ts';
import { type ContainerLog, type Observation, type Runtime, RuntimeError } from '../runtime.ts';
import type { PodResources, SandboxConfig, SandboxObservation } from '../sandbox.ts';
import { connectCri } from './connection.ts';
import { exec, removeContainer, resizeContainer, startContainer } from './containers.ts';
import type { CriContext } from './context.ts';
import { createImageMounts } from './image-mounts.ts';
import { createImages } from './images.ts';
import { agentInstance } from './instance.ts';
import { Known } from './known.ts';
import { CriLog } from './log.ts';
import { createLogRotation } from './log-rotation.ts';
import type { KnownSandbox } from './observe.ts';
import { type CgroupDriver, findPodCgroups } from './pod-cgroups.ts';
import type { RuntimeFacts } from './runtime-facts.ts';
import { ensureSandbox, removeSandbox, removeUnbegun, stopSandbox } from './sandboxes.ts';
import { containerStats } from './stats.ts';
import { stopContainer } from './stop-container.ts';
import { attachTo, connectTo, runCommand } from './streams.ts';
import { Watch } from './watch.ts';

/** `endpoint` is the path of the runtime's socket, `dir` this runtime's own directory. */
export interface CriRuntimeOptions {
  readonly endpoint: string;
  readonly dir: string;
  /** Where the logs of Pods go. */
  readonly podLogsDir: string;
  /** Bytes of a log before it is moved aside; 10 MiB unless said. */
  readonly logMaxSize?: number;
  /** How many log files a container has at most; 5 unless said. */
  readonly logMaxFiles?: number;
  /** Addresses of the node: those of Pods in its network. */
  readonly addresses: () => readonly string[];
  /** `trouble` says another thing now. */
  readonly changed?: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the kernel shows control groups. */
  readonly cgroupRoot?: string;
}

/** A runtime that may be away. `name` and `version` are the runtime's own once it has answered. */
export interface CriRuntime extends Runtime {
  readonly images: Images;
  /** One sentence while it cannot run Pods. */
  trouble(): string | undefined;
}

/** Milliseconds that are waited for a runtime that does not answer: at the start, and by whoever must know what it has. */
const patience = 10_000;

/** Makes it. Nothing is asked of the runtime before `start`. */
export async function createCriRuntime(options: CriRuntimeOptions): Promise<CriRuntime> {
  const { endpoint, dir, clock, cgroupRoot } = options;
  const facts: { told?: RuntimeFacts } = {};
  const agent = await agentInstance(dir);
  const connection = await connectCri(endpoint, clock);
  const known = new Known({ ...options, connection, agent, runtime: () => facts.told?.name ?? usualName });
  const driver = (): CgroupDriver => facts.told?.driver ?? 'cgroupfs';
  const cgroups = await findPodCgroups({ driver, clock, ...(cgroupRoot === undefined ? {} : { root: cgroupRoot }) });
  const images = createImages(
    connection,
    createImageMounts(connection, () => facts.told?.snapshotter),
    () => facts.told?.sandboxImage,
  );
  const watch = new Watch({
    ...options,
    connection,
    known,
    facts(told) {
      facts.told = told;
    },
    changed: () => options.changed?.(),
  });
  const rotation = createLogRotation({
    *written() {
      for (const { criId, logFile, observation } of known.containers)
        if (observation.state === 'running') yield { id: criId, file: logFile };
    },
    reopen: async (id) => void (await connection.call('ReopenContainerLog', { containerId: id })),
    maxSize: options.logMaxSize ?? 10 * 2 ** 20,
    maxFiles: options.logMaxFiles ?? 5,
    clock,
    log: options.log,
  });
  return new Cri({
    context: { ...options, connection, known, agent, cgroups },
    images,
    watch,
    rotation,
    facts: () => facts.told,
  });
}

/** What a runtime is called that has not answered yet. */
const usualName = 'containerd';

interface Parts {
  readonly context: CriContext;
  readonly images: Images;
  readonly watch: Watch;
  readonly rotation: Part;
  readonly facts: () => RuntimeFacts | undefined;
}

class Cri implements CriRuntime {
  readonly mounts = true;
  readonly images: Images;
  readonly #context: CriContext;
  readonly #watch: Watch;
  readonly #rotation: Part;
  readonly #facts: () => RuntimeFacts | undefined;

  constructor({ context, images, watch, rotation, facts }: Parts) {
    this.images = images;
    this.#context = context;
    this.#watch = watch;
    this.#rotation = rotation;
    this.#facts = facts;
  }

  get name(): string {
    return this.#facts()?.name ?? usualName;
  }

  get version(): string {
    return this.#facts()?.version ?? '';
  }

  isHostProcess(): boolean {
    return false;
  }

  async start(): Promise<void> {
    this.#watch.start();
    if (await this.#watch.ready(patience))
      await removeUnbegun(this.#context).catch((error: unknown) =>
        this.#context.log.warn({ error: String(error) }, 'could not remove what Pods that never began have left'),
      );
    await this.#rotation.start?.();
  }

  async stop(): Promise<void> {
    const watch = this.#watch.stop();
    this.#context.connection.close();
    await Promise.all([watch, this.#rotation.stop?.()]);
  }

  trouble(): string | undefined {
    return this.#watch.trouble;
  }

  async ensureSandbox(config: SandboxConfig): Promise<void> {
    await ensureSandbox(await this.#known(), config);
  }

  async stopSandbox(uid: string): Promise<void> {
    await stopSandbox(await this.#known(), uid);
  }

  async removeSandbox(uid: string): Promise<void> {
    await removeSandbox(await this.#known(), uid);
  }

  async resizeSandbox(uid: string, resources: PodResources): Promise<void> {
    await this.#context.cgroups.set(uid, resources);
  }

  async startContainer(config: ContainerConfig): Promise<void> {
    await startContainer(await this.#known(), config);
  }

  async stopContainer(id: string, grace: number): Promise<void> {
    await stopContainer(await this.#known(), id, grace);
  }

  async removeContainer(id: string): Promise<void> {
    await removeContainer(await this.#known(), id);
  }

  async resizeContainer(id: string, resources: Resources): Promise<void> {
    await resizeContainer(await this.#known(), id, resources);
  }

  async list(uid?: string): Promise<Observation> {
    const { known } = await this.#known();
    const containers: ContainerObservation[] = [];
    for (const { observation } of known.containers)
      if (uid === undefined || observation.pod.uid === uid) containers.push(observation);
    const newest = new Map<string, KnownSandbox>();
    for (const sandbox of known.sandboxes) {
      const other = newest.get(sandbox.pod.uid);
      if (uid !== undefined && sandbox.pod.uid !== uid) continue;
      if (other === undefined || other.attempt < sandbox.attempt) newest.set(sandbox.pod.uid, sandbox);
    }
    return { sandboxes: [...newest.values()].map((each) => this.#observed(each)), containers };
  }

  log(id: string): ContainerLog | undefined {
    const { known } = this.#context;
    const found = known.container(id);
    if (found === undefined) return undefined;
    return new CriLog({
      file: found.logFile,
      running: () => known.container(id)?.observation.state === 'running',
      changed: (listener) => this.subscribe(listener),
    });
  }

  exec(id: string, command: readonly string[], timeout: number): Promise<{ code: number; output: string }> {
    return exec(this.#context, id, command, timeout);
  }

  run(id: string, options: LiveOptions & { readonly command: readonly string[] }): Promise<LiveProcess> {
    return runCommand(this.#context, id, options);
  }

  attach(id: string, options: LiveOptions): Promise<LiveProcess> {
    return attachTo(this.#context, id, options);
  }

  connect(uid: string, port: number): Promise<Duplex> {
    return connectTo(this.#context, uid, port);
  }

  stats(): Promise<readonly ContainerUsage[]> {
    return containerStats(this.#context);
  }

  subscribe(listener: (uid: string) => void): () => void {
    return this.#context.known.subscribe(listener);
  }

  /** INVARIANT: nothing is decided before everything the runtime has was read once: what is not known is not gone. */
  async #known(): Promise<CriContext> {
    if (await this.#watch.ready(patience)) return this.#context;
    throw new RuntimeError('RuntimeUnavailable', this.#watch.trouble ?? 'the container runtime has not answered');
  }

  #observed({ pod, ready, createdAt, addresses, namespaces }: KnownSandbox): SandboxObservation {
    const shown = namespaces.network === 'NODE' ? this.#context.addresses() : addresses;
    return { ...pod, ready, createdAt, addresses: shown };
  }
}
