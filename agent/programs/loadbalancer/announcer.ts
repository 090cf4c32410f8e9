/** Answers at this node for its part of the addresses. */
import type { Service } from '../../../hub/api/service.ts';
import { WorkQueue } from '../../../hub/base/work-queue.ts';
import type { ProgramContext } from '../client/program.ts';
import { addressesAt } from './announcement.ts';
import { tellOf } from './events.ts';
import type { Following } from './following.ts';
import { type AddressInterface, renewal } from './interface.ts';
import { tellNeighbours } from './neighbours.ts';
import type { Pool } from './pool.ts';
import { Relay } from './relay.ts';
import { relayedPorts } from './relayed.ts';
import { keyOf, type View, wayOf } from './view.ts';

/** What it works with. */
export interface AnnouncerOptions extends ProgramContext {
  readonly pool: Pool;
  readonly node: string;
  readonly following: Following;
  readonly interface: AddressInterface;
  /** Called when packets to addresses would lead nowhere from this node. */
  readonly failed: (error: Error) => void;
}

/** Milliseconds after which neighbours are told again: the first word may be lost, or too early for them. */
const again = [1000, 3000];

/** The addresses of one node. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #queue: WorkQueue;
  readonly #relay = new Relay();
  #held: ReadonlySet<string> = new Set();
  /** What was last told of each Service that is not carried whole. */
  #told = new Map<string, string>();

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue({
      ...{ name: 'announcer', clock, log, backoff: { first: 200, limit: 10_000 } },
      handle: (key) => (key === 'addresses' ? this.#bring() : this.#tell(this.#held)),
    });
  }

  look(): void {
    this.#queue.add('addresses');
  }

  /** Answers for nothing any more. */
  async stop(): Promise<void> {
    await this.#queue.stop();
    this.#relay.stop();
    await this.#options.interface.remove();
  }

  async #bring(): Promise<number | undefined> {
    const { following, log, node, pool } = this.#options;
    const own = following.node(node);
    if (!following.isSynced || own === undefined) return undefined;
    const way = wayOf(own);
    if (typeof way === 'object') {
      this.#options.failed(new Error(way.trouble));
      return undefined;
    }
    const { view } = following;
    const wanted = addressesAt(node, view, pool);
    const { added, removed } = await this.#options.interface.set(wanted);
    this.#held = wanted;
    if (removed.length > 0) log.info({ addresses: removed }, 'no longer answering');
    if (added.length > 0) {
      log.info({ addresses: added }, 'answering');
      await this.#tell(added);
      for (const delay of again) this.#queue.addAfter(`neighbours after ${delay} ms`, delay);
    }
    await this.#carry(way === 'relay' ? wanted : new Set(), view);
    return wanted.size === 0 ? undefined : renewal;
  }

  async #carry(wanted: ReadonlySet<string>, view: View): Promise<void> {
    const { ports, left } = relayedPorts(wanted, view, this.#options.node);
    const troubles = new Map<string, string>();
    for (const [service, message] of [...left, ...(await this.#relay.set(ports))]) {
      const key = keyOf(service);
      troubles.set(key, message);
      if (this.#told.get(key) !== message) await this.#warn(service, message);
    }
    this.#told = troubles;
  }

  async #warn(service: Service, message: string): Promise<void> {
    this.#options.log.warn({ service: keyOf(service) }, message);
    await tellOf(this.#options, service, { type: 'Warning', reason: 'NotCarried', message });
  }

  async #tell(addresses: Iterable<string>): Promise<undefined> {
    for (const address of addresses) await tellNeighbours(address, this.#options.random);
  }
}
