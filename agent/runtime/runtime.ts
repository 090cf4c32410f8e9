/**
 * What runs containers on this node, as the rest of the agent sees it.
 *
 * A few verbs, close to CRI's, so that containerd, host processes and a fake in memory are the same to `agent/pods`.
 * Every verb is called by one worker a Pod (never two at once for the same Pod), may take as long as it needs without
 * blocking other Pods, and rejects with RuntimeError where a user should read why. The runtime owns everything below
 * its own directory; containers go on running when the agent dies, and `list` finds them again.
 */
import type { Duplex } from 'node:stream';
import type { ContainerConfig, ContainerObservation, ContainerUsage, Resources } from './container.ts';
import type { Images } from './image.ts';
import type { LiveOptions, LiveProcess } from './live-process.ts';
import type { PodResources, SandboxConfig, SandboxObservation } from './sandbox.ts';

/** Everything the runtime knows at one moment. */
export interface Observation {
  readonly sandboxes: readonly SandboxObservation[];
  readonly containers: readonly ContainerObservation[];
}

/** Which part of a log. */
export interface LogQuery {
  /** The last lines only. */
  readonly tailLines?: number;
  /** Only lines that arrived then or later; Unix milliseconds. */
  readonly since?: number;
  /** Puts the time of arrival before each line, RFC 3339 with nanoseconds. */
  readonly timestamps: boolean;
  /** At most so many bytes. */
  readonly limitBytes?: number;
  /** Goes on with what is written from now on, until the container has ended. */
  readonly follow: boolean;
}

/** The output of one container, standard output and error in the order they were written. */
export interface ContainerLog {
  /** Reads on only as fast as it is consumed; ends early, without error, when `signal` aborts. */
  read(query: LogQuery, signal: AbortSignal): AsyncIterable<Buffer>;
}

/** The runtime. */
export interface Runtime {
  /** Scheme of container ids and of containerRuntimeVersion: `process`, `containerd`, `cri-o`. */
  readonly name: string;
  readonly version: string;
  /** Called once before anything else: finds what still runs from before. */
  start(): Promise<void>;
  /** Stops watching. Containers go on. */
  stop(): Promise<void>;
  /** Idempotent: makes the Pod's sandbox or replaces one that is not ready. */
  ensureSandbox(config: SandboxConfig): Promise<void>;
  /** Idempotent: ends what holds a finished Pod (its network, its pause process); it is not ready any more. Exited containers and logs stay. */
  stopSandbox(uid: string): Promise<void>;
  /** Idempotent: removes the Pod's containers (stopped ones; others are killed), logs and sandbox. */
  removeSandbox(uid: string): Promise<void>;
  /** Undefined where containers are made without images. */
  readonly images: Images | undefined;
  /** True when a volume is seen at its mountPath; false when it is only told where it lies (host processes). */
  readonly mounts: boolean;
  /** True when containers of Pods with this RuntimeClass handler are processes of the node: without images, with its files. */
  isHostProcess(handler: string): boolean;
  /** Makes and starts a container. Idempotent by `id`: a second call for an id that runs or ran does nothing. */
  startContainer(config: ContainerConfig): Promise<void>;
  /** Changes what a running container may use, without a restart. Rejects with RuntimeError when that cannot be had. */
  resizeContainer(id: string, resources: Resources): Promise<void>;
  /** Changes what a Pod's containers may use together. Idempotent. */
  resizeSandbox(uid: string, resources: PodResources): Promise<void>;
  /** Asks it to stop, kills it after `grace` seconds; resolves when it has exited. Idempotent. A later call may shorten the grace. */
  stopContainer(id: string, grace: number): Promise<void>;
  /** Idempotent: forgets an exited container and its log. */
  removeContainer(id: string): Promise<void>;
  /** From memory where it can: called at every turn of a Pod's worker. Of one Pod when `uid` is given. */
  list(uid?: string): Promise<Observation>;
  /** The log of a container that runs or ran; undefined when there is none (any more). */
  log(id: string): ContainerLog | undefined;
  /** Runs a command in a running container for at most `timeout` milliseconds. Rejects with RuntimeError when it cannot be started. */
  exec(id: string, command: readonly string[], timeout: number): Promise<{ code: number; output: string }>;
  /**
   * Starts a command in a running container, with its environment, directory and user. Rejects with RuntimeError when it
   * cannot be started, or does `exited` where that is known later.
   */
  run(id: string, options: LiveOptions & { readonly command: readonly string[] }): Promise<LiveProcess>;
  /** The running container's own streams, from now on. Rejects with RuntimeError when they cannot be had. */
  attach(id: string, options: LiveOptions): Promise<LiveProcess>;
  /** A connection to a port of a Pod, as its own processes reach it on localhost. Rejects, or breaks soon, when nobody listens. */
  connect(uid: string, port: number): Promise<Duplex>;
  /** Measured now; containers that do not run are left out. */
  stats(): Promise<readonly ContainerUsage[]>;
  /** Calls `listener` with the Pod's uid whenever a container of it started or exited; the answer unsubscribes. */
  subscribe(listener: (uid: string) => void): () => void;
}

/** A failure a user should read: `reason` becomes the container's waiting reason. */
export class RuntimeError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
