/** The receiver: applies what the hub sends in order, once, and notices what is missing. */
import { digestFrom, heldDigest } from '../../hub/api/held-digest.ts';
import type { ObjectKey, ObjectsMessage, ServicesMessage, SyncMessage } from '../../hub/api/link.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import { backoffDelay } from '../../hub/base/backoff.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { HeldObjects } from '../state/held.ts';
import { fetchObjects } from './hub-fetch.ts';
import type { HubAddress } from './hub-request.ts';
import { judgeObjects, judgeServices, type Position } from './inbox.ts';
import type { LinkHandlers } from './link.ts';

/** What the receiver works with. */
export interface ReceiverOptions {
  readonly held: Pick<HeldObjects, 'versions'>;
  readonly handlers: Pick<LinkHandlers, 'objects'>;
  readonly outbox: {
    acknowledge(sequence: number): void;
    restate(request: { pods: readonly string[]; node: boolean }): void;
  };
  readonly hub: () => HubAddress;
  readonly services?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly sync: (message: SyncMessage) => void;
  /** Something is missing: a new epoch is needed, not before `delay` milliseconds. */
  readonly lost: (delay: number) => void;
  /** The hub answered `sync`, and all of the answer is on disk. */
  readonly synced: () => void;
}

const fetchRetry = { first: 1000, limit: 60_000, jitter: 0.5 };

/** Milliseconds before the hub is asked again for what could not be kept (a full disk). */
const keepRetry = 10_000;

/** Milliseconds in which `sync` must be answered; then it is sent with a new epoch. */
const patience = 30_000;

/** INVARIANTS: a sequence counts as received only when its change is on disk; between `pause` and `begin` all is dropped. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #unfetched = new Set<ObjectKey>();
  #objects: Position | undefined;
  #services: Position | undefined;
  /** The newest message of Services that came before `sync` was answered. */
  #seen: { stream: string; sequence: number } | undefined;
  #syncing = false;
  #fetchFailures = 0;
  #fetching = false;
  #cancelFetch: (() => void) | undefined;
  #cancelPatience: (() => void) | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** A new epoch: tells the hub what is held. */
  begin(epoch: string): void {
    this.#objects = { name: epoch, next: 1 };
    this.#services = undefined;
    this.#seen = undefined;
    this.#syncing = true;
    const held = this.#options.held.versions();
    const long = Object.keys(held).length >= digestFrom;
    this.#options.sync(this.#message(epoch, long ? { digest: heldDigest(held) } : { held }));
    this.#cancelPatience?.();
    this.#cancelPatience = this.#options.clock.after(patience, () => this.#options.lost(0));
  }

  pause(): void {
    this.#objects = undefined;
    this.#services = undefined;
    this.#cancelPatience?.();
  }

  stop(): void {
    this.pause();
    this.#cancelFetch?.();
  }

  /** Takes a message of `objects`; resolves when it is on disk. */
  async objects(message: ObjectsMessage): Promise<void> {
    const position = this.#objects;
    if (position === undefined || message.epoch !== position.name) return;
    if (message.tellHeld === true) {
      this.#options.sync(this.#message(position.name, { held: this.#options.held.versions() }));
      return;
    }
    const verdict = judgeObjects(position, message);
    if (verdict === 'resync') return this.#options.lost(0);
    if (verdict === 'drop' || !(await this.#apply(message.upserts, message.deletions))) return;
    if (this.#objects === position) this.#objects = { name: position.name, next: message.sequence + 1 };
    if (message.sequence === 1) this.#answered(message);
    if (this.#syncing && message.more !== true) this.#finished();
    if (message.reported !== undefined) this.#options.outbox.acknowledge(message.reported);
    if (message.restate !== undefined) this.#options.outbox.restate(message.restate);
    for (const { key } of message.fetch ?? []) this.#unfetched.add(key);
    if (this.#unfetched.size > 0) void this.#fetch();
  }

  /** Takes a message of `cluster/services`. */
  async services(message: ServicesMessage): Promise<void> {
    if (this.#options.services === false) return;
    const position = this.#services;
    if (position === undefined) this.#seen = message;
    const verdict = judgeServices(position, message);
    if (verdict === 'resync') return this.#options.lost(0);
    if (verdict === 'drop' || !(await this.#apply(message.upserts, message.deletions))) return;
    if (this.#services === position) this.#services = { name: message.stream, next: message.sequence + 1 };
  }

  #message(epoch: string, rest: Partial<SyncMessage>): SyncMessage {
    return { epoch, ...rest, ...(this.#options.services === false ? { services: false } : {}) };
  }

  #finished(): void {
    this.#syncing = false;
    this.#options.synced();
  }

  #answered({ services }: ObjectsMessage): void {
    this.#cancelPatience?.();
    if (services === undefined) return;
    this.#services = { name: services.stream, next: services.sequence + 1 };
    const seen = this.#seen;
    this.#seen = undefined;
    if (seen?.stream === services.stream && seen.sequence > services.sequence) this.#options.lost(0);
  }

  /** False when the change could not be kept: then nothing after it may be, and the hub is asked again. */
  async #apply(upserts: readonly KubeObject[], deletions: readonly ObjectKey[]): Promise<boolean> {
    if (upserts.length === 0 && deletions.length === 0) return true;
    for (const key of deletions) this.#unfetched.delete(key);
    try {
      await this.#options.handlers.objects({ upserts, deletions });
      return true;
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'could not keep what the hub sent');
      this.#options.lost(keepRetry);
      return false;
    }
  }

  async #fetch(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    this.#cancelFetch?.();
    try {
      const keys = [...this.#unfetched];
      const { items, missing } = await fetchObjects(this.#options.hub(), keys);
      for (const key of missing) this.#unfetched.delete(key);
      for (const item of items) {
        this.#unfetched.delete(`${item.kind.toLowerCase()}s/${item.metadata.namespace ?? ''}/${item.metadata.name}`);
      }
      await this.#apply(items, []);
      this.#fetchFailures = 0;
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'could not fetch from the hub what its broker may not carry');
      this.#fetchFailures++;
    } finally {
      this.#fetching = false;
    }
    if (this.#unfetched.size === 0) return;
    const delay = backoffDelay(fetchRetry, Math.max(1, this.#fetchFailures), this.#options.random());
    this.#cancelFetch = this.#options.clock.after(delay, () => void this.#fetch());
  }
}
