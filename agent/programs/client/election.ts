/**
 * One leader among the instances of a program, by a Lease. Whoever holds it renews it three times in its life; the others
 * watch it, and one takes over when it was not renewed, or at once when it was given back.
 *
 * INVARIANTS: `leading` is told true only after the hub has stored who holds it, and false before the lease can have run out for the others.
 * Clocks of machines are not compared: a lease counts as run out when it did not change for its duration, as seen from here.
 */
import { isAlreadyExists, isConflict, isNotFound } from '../../../hub/api/errors.ts';
import type { Lease } from '../../../hub/api/lease.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { ApiClient } from './client.ts';
import { Mirror } from './mirror.ts';

/** Who is elected for what. */
export interface ElectionOptions {
  readonly client: ApiClient;
  /** The Lease, in the Pod's own namespace. */
  readonly name: string;
  /** This instance: its Pod's name. */
  readonly identity: string;
  /** Seconds until others take over from a leader that is gone. */
  readonly duration?: number;
  readonly leading: (isLeader: boolean) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Takes part in an election. */
export class Election {
  readonly #options: ElectionOptions;
  readonly #mirror: Mirror<Lease & { kind: string }>;
  readonly #duration: number;
  #isLeader = false;
  #isStopped = false;
  /** When the lease last changed, as seen from here, and when this instance last renewed it; Unix milliseconds. */
  #seenAt = 0;
  #renewedAt = 0;
  #cancel: () => void = () => {};
  #busy: Promise<void> | undefined;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#duration = (options.duration ?? 60) * 1000;
    const { client, name, clock, log, random } = options;
    this.#mirror = new Mirror({
      ...{ client, clock, log, random, path: this.#path(), fieldSelector: `metadata.name=${name}` },
      changed: () => {
        this.#seenAt = clock.now();
        this.#look();
      },
      synced: () => this.#look(),
    });
  }

  /** Who holds the lease, as it was last heard; '' for nobody. */
  get holder(): string {
    return this.#held()?.spec?.holderIdentity ?? '';
  }

  start(): void {
    this.#mirror.start();
  }

  /** Gives the lease back when it is held. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#busy;
    if (this.#isLeader) {
      this.#tell(false);
      await this.#giveBack().catch(() => {});
    }
    await this.#mirror.stop();
  }

  #path(name = ''): string {
    const { client } = this.#options;
    return `/apis/coordination.k8s.io/v1/namespaces/${client.namespace}/leases${name === '' ? '' : `/${name}`}`;
  }

  #held(): Lease | undefined {
    return this.#mirror.get(`${this.#options.client.namespace}/${this.#options.name}`);
  }

  #tell(isLeader: boolean): void {
    if (this.#isLeader === isLeader) return;
    this.#isLeader = isLeader;
    this.#options.leading(isLeader);
  }

  /** Decides what is due now, and when to look again. */
  #look(): void {
    if (this.#isStopped || !this.#mirror.isSynced || this.#busy !== undefined) return;
    this.#cancel();
    const { clock, identity } = this.#options;
    const now = clock.now();
    // a leader stops before others may begin
    if (this.#isLeader && now >= this.#renewedAt + (this.#duration * 2) / 3) this.#tell(false);
    const spec = this.#held()?.spec;
    const holder = spec?.holderIdentity ?? '';
    const lasts = (spec?.leaseDurationSeconds ?? 0) * 1000;
    const due = holder === identity ? this.#renewedAt + this.#duration / 3 : holder === '' ? now : this.#seenAt + lasts;
    if (holder !== identity) this.#tell(false);
    if (due <= now) {
      this.#busy = this.#take().finally(() => {
        this.#busy = undefined;
      });
    } else this.#cancel = clock.after(due - now, () => this.#look());
  }

  async #take(): Promise<void> {
    const { clock, identity, log, name } = this.#options;
    const began = clock.now();
    const time = new Date(began).toISOString().replace('Z', '000Z');
    const mine = this.#held()?.spec?.holderIdentity === identity;
    try {
      await this.#write({
        holderIdentity: identity,
        leaseDurationSeconds: this.#duration / 1000,
        renewTime: time,
        ...(mine ? {} : { acquireTime: time, leaseTransitions: (this.#held()?.spec?.leaseTransitions ?? 0) + 1 }),
      });
      this.#renewedAt = began;
      if (!this.#isStopped) this.#tell(true);
    } catch (error) {
      // somebody else was faster: the mirror tells
      if (!isConflict(error) && !isAlreadyExists(error) && !isNotFound(error))
        log.warn({ lease: name, error: error instanceof Error ? error.message : String(error) }, 'cannot renew');
    }
    this.#cancel();
    if (!this.#isStopped) this.#cancel = clock.after(this.#isLeader ? this.#duration / 3 : 2000, () => this.#look());
  }

  /** The mirror may not have heard yet of the last renewal, so the lease is read. */
  async #giveBack(): Promise<void> {
    const { client, name, identity } = this.#options;
    const timeout = this.#duration / 6;
    const lease = await client.get<Lease>(this.#path(name), { timeout });
    if (lease.spec?.holderIdentity !== identity) return;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await client.update(this.#path(name), { ...lease, spec }, { timeout });
  }

  /** Writes the lease as it was last seen, changed; a conflict says that it moved on. */
  async #write(change: NonNullable<Lease['spec']>): Promise<void> {
    const { client, name } = this.#options;
    const timeout = this.#duration / 6;
    const held = this.#held();
    if (held === undefined) {
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec: change };
      await client.create(this.#path(), lease, { timeout });
    } else await client.update(this.#path(name), { ...held, spec: { ...held.spec, ...change } }, { timeout });
  }
}
