/** The way of a write into the store: revisions, writes in flight, and announcing after the commit. */
import { ApiError } from '../api/errors.ts';
import type { ResourceRef } from '../api/resource.ts';
import type { Log } from '../base/log.ts';
import { type Store, StoreError, type StoreRecord } from '../store/store.ts';
import type { StoredEntry } from './entry.ts';
import { objectKey } from './key.ts';
import type { Change } from './registry.ts';

/** A change on its way, and who waits for it. */
interface Flight {
  readonly change: Change;
  readonly landed: () => void;
}

/**
 * The commit pipeline.
 *
 * INVARIANTS: revisions are handed out in the order of `commit` calls; `latest` sees writes in flight, readers do not; a
 * change is announced once, after it is durable, in revision order; when the store fails, every write in flight fails
 * and none of it was announced.
 */
export class CommitPipeline {
  readonly #store: Store;
  readonly #log: Log;
  readonly #committed: (ref: ResourceRef, namespace: string, name: string) => StoredEntry | undefined;
  readonly #announce: (changes: readonly Change[]) => void;
  /** The newest write in flight of each key; null for a deletion. */
  readonly #inFlight = new Map<string, { revision: number; entry: StoredEntry | null }>();
  #landing: Flight[] = [];
  #last: number;
  #head: number;

  constructor(options: {
    store: Store;
    log: Log;
    head: number;
    committed: (ref: ResourceRef, namespace: string, name: string) => StoredEntry | undefined;
    announce: (changes: readonly Change[]) => void;
  }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#committed = options.committed;
    this.#announce = options.announce;
    this.#last = options.head;
    this.#head = options.head;
  }

  /** The newest committed revision. */
  get head(): number {
    return this.#head;
  }

  /** The revision the next commit will have; commit at once, in the same turn. */
  next(): number {
    return this.#last + 1;
  }

  /** The newest state of an object, writes in flight included. `key` is its key, where that is known already. */
  latest(ref: ResourceRef, namespace: string, name: string, key?: string): StoredEntry | undefined {
    if (this.#inFlight.size > 0) {
      const flying = this.#inFlight.get(key ?? objectKey(ref, namespace, name));
      if (flying !== undefined) return flying.entry ?? undefined;
    }
    return this.#committed(ref, namespace, name);
  }

  /** Writes `change` (whose revision is `next()`); resolves when it is durable and announced. */
  commit(change: Change): Promise<void> {
    const entry = change.entry as StoredEntry;
    const deleted = change.type === 'DELETED';
    this.#last = change.revision;
    this.#inFlight.set(entry.key, { revision: change.revision, entry: deleted ? null : entry });
    const record: StoreRecord = {
      revision: change.revision,
      key: entry.key,
      previous: change.previous?.revision ?? 0,
      value: deleted ? null : entry.bytes,
    };
    return new Promise((resolve, reject) => {
      this.#store.append([record]).then(
        (result) => {
          if (result.ok) this.#land({ change, landed: resolve });
          else reject(this.#lost(entry.key, change.revision, result.current));
        },
        (error: unknown) => reject(this.#failed(error)),
      );
    });
  }

  /** Appends of one batch resolve in one turn: they land, and are announced, together. */
  #land(flight: Flight): void {
    this.#landing.push(flight);
    if (this.#landing.length === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const flights = this.#landing;
    this.#landing = [];
    for (const { change } of flights) {
      this.#head = change.revision;
      const key = (change.entry as StoredEntry).key;
      if (this.#inFlight.get(key)?.revision === change.revision) this.#inFlight.delete(key);
    }
    this.#announce(flights.map((flight) => flight.change));
    for (const flight of flights) flight.landed();
  }

  #lost(key: string, revision: number, current: number): ApiError {
    if (this.#inFlight.get(key)?.revision === revision) this.#inFlight.delete(key);
    this.#log.error({ key, revision, current }, 'the database was changed by somebody else; restart the hub');
    return new ApiError('InternalError', 'the database was changed by another process');
  }

  #failed(error: unknown): ApiError {
    this.#inFlight.clear();
    this.#last = this.#head;
    const reason = error instanceof StoreError ? error.message : String(error);
    this.#log.error({ error: reason }, 'a write could not be stored');
    return new ApiError('InternalError', `Internal error occurred: ${reason}`, { cause: error });
  }
}
