/** Fan-out of committed changes: to API watches (filtered, in batches) and to listeners in this process. */
import type { ResourceRef } from '../api/resource.ts';
import type { Log } from '../base/log.ts';
import { ByResource } from './by-resource.ts';
import type { Change, WatchEvent, WatchSink } from './registry.ts';
import { type Filter, transition } from './selection.ts';

interface Watcher {
  readonly filter: Filter;
  readonly sink: WatchSink;
}

/** Who wants to know of changes of one resource. */
interface Audience {
  readonly watchers: Set<Watcher>;
  readonly listeners: Set<Listener>;
}

type Listener = (change: Change) => void;

const nobody = (): Audience => ({ watchers: new Set(), listeners: new Set() });

/** Who wants to know of changes. */
export class Watchers {
  readonly #log: Log;
  readonly #audiences = new ByResource<Audience>();
  /** Those who want to know of everything. */
  readonly #everywhere = new Set<Listener>();

  constructor(options: { log: Log }) {
    this.#log = options.log;
  }

  /** Adds a watch; the answer ends it. */
  add(ref: ResourceRef, filter: Filter, sink: WatchSink): () => void {
    const watcher = { filter, sink };
    const { watchers } = this.#audiences.of(ref, nobody);
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }

  /** Adds a listener for one resource, or for all (undefined); the answer removes it. */
  listen(ref: ResourceRef | undefined, listener: Listener): () => void {
    const listeners = ref === undefined ? this.#everywhere : this.#audiences.of(ref, nobody).listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Tells everybody about the changes of one commit. */
  announce(changes: readonly Change[]): void {
    for (const [audience, some] of this.#byAudience(changes)) {
      for (const watcher of audience.watchers) deliver(audience, watcher, some);
      for (const listener of audience.listeners) this.#tell(listener, some);
    }
    for (const listener of this.#everywhere) this.#tell(listener, changes);
  }

  /** Most commits are of one resource. */
  #byAudience(changes: readonly Change[]): Iterable<[Audience, readonly Change[]]> {
    const audiences = changes.map((change) => this.#audiences.of(change.entry.info.storage, nobody));
    const [first] = audiences;
    if (first === undefined) return [];
    if (audiences.every((audience) => audience === first)) return [[first, changes]];
    return Map.groupBy(changes, (_, index) => audiences[index] ?? first);
  }

  #tell(listener: Listener, changes: readonly Change[]): void {
    for (const change of changes) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error({ error: String(error), key: change.entry.name }, 'a listener failed');
      }
    }
  }
}

function deliver(audience: Audience, watcher: Watcher, changes: readonly Change[]): void {
  const events: WatchEvent[] = [];
  for (const change of changes) {
    const event = transition(watcher.filter, change);
    if (event !== undefined) events.push(event);
  }
  // drop the slow, never block the writer
  if (events.length > 0 && !watcher.sink(events)) audience.watchers.delete(watcher);
}
