/**
 * Several runtimes as one: the handler of a Pod's RuntimeClass chooses, and from then on whoever holds the Pod is asked. A
 * node with a container runtime can so run host processes beside its containers.
 */
import type { Duplex } from 'node:stream';
import type { ContainerConfig, ContainerUsage, Resources } from './container.ts';
import type { Images } from './image.ts';
import type { LiveOptions, LiveProcess } from './live-process.ts';
import type { ContainerLog, Observation, Runtime } from './runtime.ts';
import type { PodResources, SandboxConfig } from './sandbox.ts';

/** `others` by handler, answering `list` from memory at any time; everything else goes to `usual`, which may be away. */
export interface ByHandlerOptions {
  readonly usual: Runtime;
  readonly others: Readonly<Record<string, Runtime>>;
}

/** Makes it. Images are those of `usual`, whose name also stands for its own default handler. */
export function createRuntimeByHandler(options: ByHandlerOptions): Runtime {
  return new RuntimeByHandler(options);
}

class RuntimeByHandler implements Runtime {
  readonly #usual: Runtime;
  readonly #others: ReadonlyMap<string, Runtime>;

  constructor({ usual, others }: ByHandlerOptions) {
    this.#usual = usual;
    this.#others = new Map(Object.entries(others));
  }

  get name(): string {
    return this.#usual.name;
  }

  get version(): string {
    return this.#usual.version;
  }

  get images(): Images | undefined {
    return this.#usual.images;
  }

  get mounts(): boolean {
    return this.#usual.mounts;
  }

  isHostProcess(handler: string): boolean {
    return (this.#others.get(handler) ?? this.#usual).isHostProcess(handler);
  }

  async start(): Promise<void> {
    for (const each of this.#all()) await each.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((each) => each.stop()));
  }

  ensureSandbox(config: SandboxConfig): Promise<void> {
    const other = this.#others.get(config.handler);
    if (other !== undefined) return other.ensureSandbox(config);
    return this.#usual.ensureSandbox(config.handler === this.#usual.name ? { ...config, handler: '' } : config);
  }

  async stopSandbox(uid: string): Promise<void> {
    await (await this.#ofPod(uid)).stopSandbox(uid);
  }

  async removeSandbox(uid: string): Promise<void> {
    await (await this.#ofPod(uid)).removeSandbox(uid);
  }

  async resizeSandbox(uid: string, resources: PodResources): Promise<void> {
    await (await this.#ofPod(uid)).resizeSandbox(uid, resources);
  }

  async startContainer(config: ContainerConfig): Promise<void> {
    await (await this.#ofPod(config.pod.uid)).startContainer(config);
  }

  async resizeContainer(id: string, resources: Resources): Promise<void> {
    await (await this.#ofContainer(id)).resizeContainer(id, resources);
  }

  async stopContainer(id: string, grace: number): Promise<void> {
    await (await this.#ofContainer(id)).stopContainer(id, grace);
  }

  async removeContainer(id: string): Promise<void> {
    await (await this.#ofContainer(id)).removeContainer(id);
  }

  async list(uid?: string): Promise<Observation> {
    if (uid !== undefined) return (await this.#ofPod(uid)).list(uid);
    const found = await Promise.all(this.#all().map((each) => each.list()));
    return {
      sandboxes: found.flatMap(({ sandboxes }) => sandboxes),
      containers: found.flatMap(({ containers }) => containers),
    };
  }

  log(id: string): ContainerLog | undefined {
    for (const each of this.#others.values()) {
      const log = each.log(id);
      if (log !== undefined) return log;
    }
    return this.#usual.log(id);
  }

  async exec(id: string, command: readonly string[], timeout: number): Promise<{ code: number; output: string }> {
    return (await this.#ofContainer(id)).exec(id, command, timeout);
  }

  async run(id: string, options: LiveOptions & { readonly command: readonly string[] }): Promise<LiveProcess> {
    return (await this.#ofContainer(id)).run(id, options);
  }

  async attach(id: string, options: LiveOptions): Promise<LiveProcess> {
    return (await this.#ofContainer(id)).attach(id, options);
  }

  async connect(uid: string, port: number): Promise<Duplex> {
    return (await this.#ofPod(uid)).connect(uid, port);
  }

  async stats(): Promise<readonly ContainerUsage[]> {
    return (await Promise.all(this.#all().map((each) => each.stats()))).flat();
  }

  subscribe(listener: (uid: string) => void): () => void {
    const ends = this.#all().map((each) => each.subscribe(listener));
    return () => {
      for (const end of ends) end();
    };
  }

  #all(): Runtime[] {
    return [...this.#others.values(), this.#usual];
  }

  async #ofPod(uid: string): Promise<Runtime> {
    for (const each of this.#others.values()) {
      const { sandboxes, containers } = await each.list(uid);
      if (sandboxes.length > 0 || containers.length > 0) return each;
    }
    return this.#usual;
  }

  async #ofContainer(id: string): Promise<Runtime> {
    for (const each of this.#others.values())
      if ((await each.list()).containers.some((found) => found.id === id)) return each;
    return this.#usual;
  }
}
