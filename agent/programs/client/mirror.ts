/**
 * A copy of a collection that follows it: lists in pages, watches from there, resumes where a connection broke, and lists again
 * when that is too long ago.
 *
 * INVARIANTS: `changed` is told every key whose object came, changed or went, also when that was missed and found by a list;
 * `synced` is called once, after `changed` of all that the first list held.
 */
import { ApiError, hasReason, type Status } from '../../../hub/api/errors.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { backoffDelay } from '../../../hub/base/backoff.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { ApiClient } from './client.ts';
import { readLines } from './lines.ts';

/** What is copied, and who is told. */
export interface MirrorOptions<T extends KubeObject> {
  readonly client: ApiClient;
  /** The collection: `/api/v1/services`, `/apis/networking.k8s.io/v1/ingresses`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What is kept of an object; all but its managed fields unless said. */
  readonly keep?: (object: T) => T;
  /** `namespace/name`, or the name of an object without a namespace. */
  readonly changed?: (key: string) => void;
  readonly synced?: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
}

/** How long a watch may last, in seconds, and the chance that is added: connections are not made anew all at once. */
const watchSeconds = 300;
const backoff = { first: 500, limit: 30_000, jitter: 0.5 };
const page = 500;

interface Page {
  metadata: { resourceVersion?: string; continue?: string };
  items: KubeObject[];
  kind: string;
  apiVersion: string;
}

/** The copy. */
export class Mirror<T extends KubeObject = KubeObject> {
  readonly #options: MirrorOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #ended = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #isSynced = false;
  /** Up to where everything is known; empty: list first. */
  #version = '';

  constructor(options: MirrorOptions<T>) {
    this.#options = options;
  }

  /** True once the first list is there. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** The objects by key, as they were last heard of. */
  get objects(): ReadonlyMap<string, T> {
    return this.#objects;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Begins with `known`, which the first list makes right; failures are tried again until `stop`. */
  start(known: readonly T[] = []): void {
    for (const object of known) this.#put(object);
    this.#done = this.#follow();
  }

  /** Resolves when nothing is asked any more. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#done;
  }

  async #follow(): Promise<void> {
    const { clock, log, path, random } = this.#options;
    const { signal } = this.#ended;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (this.#version === '') await this.#list();
        await this.#watch();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (hasReason(error, 'Expired', 'Gone')) this.#version = '';
        failures += 1;
        log.warn({ path, failures, error: error instanceof Error ? error.message : String(error) }, 'cannot follow');
        await clock.sleep(backoffDelay(backoff, failures, random()), signal);
      }
    }
  }

  #query(): Record<string, string> {
    const { labelSelector, fieldSelector } = this.#options;
    return {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  async #list(): Promise<void> {
    const { client, path } = this.#options;
    const { signal } = this.#ended;
    const listed = new Set<string>();
    let version = '';
    for (let next: string | undefined; next !== ''; ) {
      const query = { ...this.#query(), limit: page, ...(next === undefined ? {} : { continue: next }) };
      const answer: Page = await client.get(path, { query, signal });
      // API: items of a list leave out what the list says of all of them
      const head = { apiVersion: answer.apiVersion, kind: answer.kind.replace(/List$/, '') };
      for (const item of answer.items) listed.add(this.#put({ ...head, ...item } as T));
      next = answer.metadata.continue ?? '';
      version = answer.metadata.resourceVersion ?? '';
    }
    for (const key of [...this.#objects.keys()]) if (!listed.has(key)) this.#remove(key);
    this.#version = version;
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#options.synced?.();
  }

  async #watch(): Promise<void> {
    const { client, path, random } = this.#options;
    const timeoutSeconds = Math.round(watchSeconds * (1 + random()));
    // a link that died without a word is noticed
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout((timeoutSeconds + 30) * 1000)]);
    const query = { ...this.#query(), watch: true, allowWatchBookmarks: true, timeoutSeconds };
    const answer = await client.stream(path, { query: { ...query, resourceVersion: this.#version }, signal });
    answer.socket.setKeepAlive(true, 30_000);
    for await (const line of readLines(answer)) this.#take(JSON.parse(line) as { type: string; object: KubeObject });
  }

  #take({ type, object }: { type: string; object: KubeObject }): void {
    if (type === 'ERROR') {
      const { reason, message = 'the watch failed' } = object as unknown as Status;
      throw new ApiError(reason === undefined || reason === '' ? 'Unknown' : reason, message);
    }
    if (type === 'DELETED') this.#remove(keyOf(object));
    else if (type !== 'BOOKMARK') this.#put(object as T);
    this.#version = object.metadata.resourceVersion ?? this.#version;
  }

  #put(object: T): string {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return key;
    delete object.metadata.managedFields;
    this.#objects.set(key, this.#options.keep?.(object) ?? object);
    this.#options.changed?.(key);
    return key;
  }

  #remove(key: string): void {
    if (this.#objects.delete(key)) this.#options.changed?.(key);
  }
}

function keyOf({ metadata: { namespace, name = '' } }: KubeObject): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}
