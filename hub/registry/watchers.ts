/** Fan-out of committed changes: to API watches (filtered, in batches) and to listeners in this process. */
import type { ResourceRef } from '../api/resource.ts';
import type { Log } from '../base/log.ts';
import { shelfKey } from './key.ts';
import type { Change, WatchEvent, WatchSink } from './registry.ts';
import { type Filter, transition } from './selection.ts';

interface Watcher {
  readonly filter: Filter;
  readonly sink: WatchSink;
}

/** Who wants to know of changes. */
export class Watchers {
  readonly #log: Log;
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #listeners = new Map<string, Set<(change: Change) => void>>();

  constructor(options: { log: Log }) {
    this.#log = options.log;
  }

  /** Adds a watch; the answer ends it. */
  add(ref: ResourceRef, filter: Filter, sink: WatchSink): () => void {
    const watcher = { filter, sink };
    const set = inner(this.#watchers, shelfKey(ref));
    set.add(watcher);
    return () => set.delete(watcher);
  }

  /** Adds a listener for one resource, or for all (undefined); the answer removes it. */
  listen(ref: ResourceRef | undefined, listener: (change: Change) => void): () => void {
    const set = inner(this.#listeners, ref === undefined ? '' : shelfKey(ref));
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Tells everybody about the changes of one commit. */
  announce(changes: readonly Change[]): void {
    for (const [shelf, some] of byShelf(changes)) {
      for (const watcher of this.#watchers.get(shelf) ?? []) this.#deliver(shelf, watcher, some);
      for (const listener of this.#listeners.get(shelf) ?? []) this.#tell(listener, some);
    }
    for (const listener of this.#listeners.get('') ?? []) this.#tell(listener, changes);
  }

  #deliver(shelf: string, watcher: Watcher, changes: readonly Change[]): void {
    const events: WatchEvent[] = [];
    for (const change of changes) {
      const event = transition(watcher.filter, change);
      if (event !== undefined) events.push(event);
    }
    // drop the slow, never block the writer
    if (events.length > 0 && !watcher.sink(events)) this.#watchers.get(shelf)?.delete(watcher);
  }

  #tell(listener: (change: Change) => void, changes: readonly Change[]): void {
    for (const change of changes) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error({ error: String(error), key: change.entry.name }, 'a listener failed');
      }
    }
  }
}

function inner<T>(map: Map<string, Set<T>>, key: string): Set<T> {
  let set = map.get(key);
  if (set === undefined) {
    set = new Set();
    map.set(key, set);
  }
  return set;
}

function byShelf(changes: readonly Change[]): Map<string, Change[]> {
  const shelves = new Map<string, Change[]>();
  for (const change of changes) {
    const key = shelfKey(change.entry.info.storage);
    const some = shelves.get(key);
    if (some === undefined) shelves.set(key, [change]);
    else some.push(change);
  }
  return shelves;
}
