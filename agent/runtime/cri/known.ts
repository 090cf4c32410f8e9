/**
 * What is known of our sandboxes and containers: a copy of the runtime's state, so that looking costs nothing.
 *
 * INVARIANTS: one container or sandbox is read by one reader at a time, so an older answer never replaces a newer one; a
 * container that has exited stays so; what the runtime does not have any more is forgotten only by an answer that is younger
 * than the entry.
 */
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { Connection } from './connection.ts';
import { isNotFound, isUnavailable } from './cri-error.ts';
import { madeBy } from './labels.ts';
import { type KnownContainer, type KnownSandbox, observeContainer, observeSandbox } from './observe.ts';
import { messageFile, terminationMessage } from './termination-message.ts';

/** What it is made from. `runtime` is the runtime's name, known once it has answered. */
export interface KnownOptions {
  readonly connection: Connection;
  readonly agent: string;
  readonly runtime: () => string;
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between looks at something that was announced but is not to be seen yet: the runtime writes it down a little later. */
const settling = [0, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000];

/** How many statuses are asked for at once. */
const abreast = 8;

/** The copy. */
export class Known {
  readonly #options: KnownOptions;
  readonly #containers = new Map<string, KnownContainer>();
  readonly #sandboxes = new Map<string, KnownSandbox>();
  /** The last look under way, by the runtime's id. */
  readonly #looks = new Map<string, Promise<unknown>>();
  readonly #listeners = new Set<(uid: string) => void>();

  constructor(options: KnownOptions) {
    this.#options = options;
  }

  get containers(): Iterable<KnownContainer> {
    return this.#containers.values();
  }

  get sandboxes(): Iterable<KnownSandbox> {
    return this.#sandboxes.values();
  }

  /** The container with our id `id`. */
  container(id: string): KnownContainer | undefined {
    for (const each of this.#containers.values()) if (each.observation.id === id) return each;
    return undefined;
  }

  /** The container the runtime calls `criId`. */
  byCriId(criId: string): KnownContainer | undefined {
    return this.#containers.get(criId);
  }

  containersOf(uid: string): KnownContainer[] {
    return [...this.#containers.values()].filter(({ observation }) => observation.pod.uid === uid);
  }

  /** Sandboxes of a Pod, the newest first. */
  sandboxesOf(uid: string): KnownSandbox[] {
    return [...this.#sandboxes.values()].filter(({ pod }) => pod.uid === uid).sort((a, b) => b.attempt - a.attempt);
  }

  subscribe(listener: (uid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads everything anew. Answers whether anything was another thing than was known. */
  async relist(): Promise<boolean> {
    const { connection, agent } = this.#options;
    const before = { containers: [...this.#containers.keys()], sandboxes: [...this.#sandboxes.keys()] };
    const filter = { filter: { labelSelector: madeBy(agent) } };
    const { items } = await connection.call('ListPodSandbox', filter);
    const { containers } = await connection.call('ListContainers', filter);
    const looks: (() => Promise<boolean>)[] = [];
    for (const { id, state } of items) {
      const known = this.#sandboxes.get(id);
      if (known?.ready !== (state === 'SANDBOX_READY')) looks.push(() => this.lookAtSandbox(id));
    }
    for (const { id, state } of containers) {
      const known = this.#containers.get(id)?.observation.state;
      if (known !== stateNames[state]) looks.push(() => this.lookAtContainer(id));
    }
    const there = new Set([...items, ...containers].map(({ id }) => id));
    for (const id of before.sandboxes) if (!there.has(id)) looks.push(() => this.lookAtSandbox(id));
    for (const id of before.containers) if (!there.has(id)) looks.push(() => this.lookAtContainer(id));
    return (await inTurns(looks, abreast)).some(Boolean);
  }

  /** A container or sandbox, of anybody's, is said to have ended: looks until that can be seen. */
  async ended(criId: string, signal?: AbortSignal): Promise<void> {
    for (const delay of settling) {
      if (delay > 0) await this.#options.clock.sleep(delay, signal);
      if (signal?.aborted === true || !this.#lives(criId)) return;
      try {
        await (this.#containers.has(criId) ? this.lookAtContainer(criId) : this.lookAtSandbox(criId));
      } catch (error) {
        // everything is read anew once it answers again
        if (isUnavailable(error)) return;
        this.#options.log.warn(
          { id: criId, error: String(error) },
          'the container runtime does not tell what happened',
        );
      }
    }
  }

  /** Reads one container. Answers whether it is another thing now. */
  lookAtContainer(criId: string): Promise<boolean> {
    return this.#inLine(criId, async () => {
      const before = this.#containers.get(criId);
      if (before?.observation.state === 'exited' && (await this.#exists(criId))) return false;
      const now = await this.#readContainer(criId);
      if (now === undefined) {
        this.#containers.delete(criId);
        if (before !== undefined) this.#tell(before.observation.pod.uid);
        return before !== undefined;
      }
      this.#containers.set(criId, now);
      const changed = before?.observation.state !== now.observation.state;
      if (changed) this.#tell(now.observation.pod.uid);
      return changed;
    });
  }

  /** Reads one sandbox. Answers whether it is another thing now. */
  lookAtSandbox(criId: string): Promise<boolean> {
    return this.#inLine(criId, async () => {
      const before = this.#sandboxes.get(criId);
      const { status } = await this.#options.connection
        .call('PodSandboxStatus', { podSandboxId: criId })
        .catch(absent({ status: null }));
      if (status === null) {
        this.#sandboxes.delete(criId);
        if (before !== undefined) this.#tell(before.pod.uid);
        return before !== undefined;
      }
      const now = observeSandbox(status);
      this.#sandboxes.set(criId, now);
      const changed = before?.ready !== now.ready;
      if (changed) this.#tell(now.pod.uid);
      return changed;
    });
  }

  #lives(criId: string): boolean {
    const state = this.#containers.get(criId)?.observation.state;
    return (state !== undefined && state !== 'exited') || this.#sandboxes.get(criId)?.ready === true;
  }

  /** What was removed by us. */
  forget(criId: string): void {
    this.#containers.delete(criId);
    this.#sandboxes.delete(criId);
  }

  async #exists(criId: string): Promise<boolean> {
    const { status } = await this.#options.connection
      .call('ContainerStatus', { containerId: criId })
      .catch(absent({ status: null }));
    return status !== null;
  }

  async #readContainer(criId: string): Promise<KnownContainer | undefined> {
    const { connection, agent, runtime, dir } = this.#options;
    const { status } = await connection.call('ContainerStatus', { containerId: criId }).catch(absent({ status: null }));
    const now = status === null ? undefined : observeContainer(status, agent, runtime());
    if (now?.observation.state !== 'exited') return now;
    const { message: word, exitCode = 0, ...observation } = now.observation;
    const { logFile, logOnError } = now;
    const ending = { exitCode, logFile, logOnError, ...(word === undefined ? {} : { message: word }) };
    const message = await terminationMessage(messageFile(dir, observation.pod.uid, observation.id), ending);
    return { ...now, observation: { ...observation, exitCode, ...(message === undefined ? {} : { message }) } };
  }

  #inLine<T>(criId: string, look: () => Promise<T>): Promise<T> {
    const before = this.#looks.get(criId) ?? Promise.resolve();
    const next = before.then(look, look);
    this.#looks.set(criId, next);
    const over = (): void => {
      if (this.#looks.get(criId) === next) this.#looks.delete(criId);
    };
    next.then(over, over);
    return next;
  }

  #tell(uid: string): void {
    for (const listener of this.#listeners) listener(uid);
  }
}

const stateNames = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'exited',
} as const;

/** Takes «not found» for an answer. */
function absent<T>(answer: T): (error: unknown) => T {
  return (error) => {
    if (isNotFound(error)) return answer;
    throw error;
  };
}

async function inTurns<T>(works: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const answers: T[] = [];
  const left = works.values();
  const worker = async (): Promise<void> => {
    for (const work of left) answers.push(await work());
  };
  await Promise.all(Array.from({ length: Math.min(limit, works.length) }, worker));
  return answers;
}
