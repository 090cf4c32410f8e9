/**
 * The service proxy: programs the kernel so that the addresses of Services lead to their endpoints, from what this node holds.
 *
 * INVARIANTS: works from the held objects alone, so also while the hub is away; the rules stay when the agent stops; changes
 * that come together are programmed together; what a change costs hardly grows with the number of Services it does not touch.
 */
import type { Node } from '../../../hub/api/node.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import type { Log } from '../../../hub/base/log.ts';
import { WorkQueue } from '../../../hub/base/work-queue.ts';
import type { SandboxObservation } from '../../runtime/sandbox.ts';
import type { HeldObjects } from '../../state/held.ts';
import type { FlowTable } from '../conntrack.ts';
import type { NetworkTrouble } from '../network.ts';
import { NftMissing } from '../nft.ts';
import type { NftTable } from '../nft-table.ts';
import type { RulesetWatch } from '../ruleset-watch.ts';
import { rest, TableKeeper } from '../table-keeper.ts';
import { knownClients } from './known-clients.ts';
import { KnownServices } from './known-services.ts';
import { addressesOf } from './own-addresses.ts';
import type { Family } from './proxy-model.ts';
import { ServiceIndex } from './service-index.ts';
import { servicesRuleset, servicesTable } from './service-rules.ts';
import { type Flows, strayFlows } from './stale-flows.ts';

/** Options of `createServiceProxy`. */
export interface ServiceProxyOptions {
  /** Name of this node. */
  readonly node: string;
  readonly held: HeldObjects;
  /** The sandboxes there are now; rejects while the runtime cannot tell. */
  readonly sandboxes: () => Promise<readonly SandboxObservation[]>;
  readonly rules: RulesetWatch;
  /** JSON of the sets a table has in the kernel; '' when there is none. */
  readonly listSets: (table: NftTable) => Promise<string>;
  /** Whatever the kernel needs beside the rules; called before they are programmed. */
  readonly prepare: () => Promise<void>;
  readonly flows: FlowTable;
  /** What `trouble` says is another thing now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The proxy. `start` resolves when what is held has been programmed, or could not be. */
export interface ServiceProxy extends Part {
  /** Why Services cannot be reached from here; undefined when they can. */
  trouble(): NetworkTrouble | undefined;
  /** Whether the Service of this namespace/name leads somewhere. */
  serves(service: string): boolean;
  /** This Pod has a sandbox, perhaps with another address than what is held says. */
  placed(pod: string): Promise<void>;
}

/** Milliseconds in which changes are gathered: a rollout changes several objects at once. */
const gather = 10;
/** Milliseconds until it is looked again whether somebody has installed what is missing. */
const missingRetry = 30_000;

const work = 'services';
const zoneLabel = 'topology.kubernetes.io/zone';

/** Makes the proxy. */
export function createServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  return new NftServiceProxy(options);
}

class NftServiceProxy implements ServiceProxy {
  readonly name = 'service proxy';
  readonly #options: ServiceProxyOptions;
  readonly #keeper: TableKeeper;
  readonly #index = new ServiceIndex();
  readonly #known: KnownServices;
  readonly #queue: WorkQueue;
  readonly #releases: (() => void)[] = [];
  #trouble: NetworkTrouble | undefined;
  #isPlaced = false;
  #isFirst = true;

  constructor(options: ServiceProxyOptions) {
    const { node, held, rules, clock, log } = options;
    this.#options = options;
    this.#keeper = new TableKeeper({
      ...{ run: rules.run, clock, log },
      added: async (table) => knownClients(await options.listSets(table)),
    });
    this.#known = new KnownServices({ node, held, index: this.#index, log });
    const handle = (): Promise<number | undefined> => this.#program();
    this.#queue = new WorkQueue({ name: this.name, handle, clock, log, backoff: { first: 500, limit: 30_000 } });
  }

  async start(): Promise<void> {
    const { held, node, rules } = this.#options;
    for (const resource of ['services', 'endpointslices'])
      for (const object of held.all(resource)) this.#index.take(object);
    this.#releases.push(
      held.subscribe((change) => {
        const isOwn = change.upserts.some(({ kind, metadata }) => kind === 'Node' && metadata.name === node);
        if (this.#index.notice(change) || isOwn) this.#queue.addAfter(work, gather);
      }),
      rules.watch(servicesTable.name, () => {
        this.#keeper.forget();
        this.#queue.add(work);
      }),
    );
    await this.#findOwn();
    this.#queue.add(work);
    await this.#queue.settled();
  }

  async stop(): Promise<void> {
    for (const release of this.#releases) release();
    await this.#queue.stop();
  }

  trouble(): NetworkTrouble | undefined {
    return this.#trouble;
  }

  async placed(pod: string): Promise<void> {
    if (this.#index.leadsTo(pod)) await this.#findOwn();
  }

  serves(service: string): boolean {
    return this.#isPlaced && this.#known.leads(service);
  }

  #tell(next: NetworkTrouble | undefined): void {
    this.#isPlaced = next === undefined;
    if (next?.message === this.#trouble?.message) return;
    this.#trouble = next;
    if (next !== undefined)
      this.#options.log.warn({ trouble: next.message }, 'Services cannot be reached from this node');
    this.#options.changed();
  }

  async #letGo(flows: readonly Flows[]): Promise<void> {
    const table = this.#options.flows;
    // what changed while no agent ran can only be seen in the flows themselves
    const stale = this.#isFirst ? strayFlows(await table.list(), this.#known.ports()) : flows;
    this.#isFirst = false;
    // not waited for: the next change is not to
    if (stale.length > 0) void table.forget(stale);
  }

  /** What the runtime cannot tell now it tells when the next Pod is placed. */
  async #findOwn(): Promise<void> {
    const { sandboxes, log } = this.#options;
    try {
      if (this.#index.takeAddresses(addressesOf(await sandboxes()))) this.#queue.addAfter(work, gather);
    } catch (error) {
      log.debug({ error: String(error) }, 'the addresses of own Pods are not known');
    }
  }

  async #program(): Promise<number | undefined> {
    const { held, prepare, log } = this.#options;
    const node = held.get(`nodes//${this.#options.node}`) as unknown as Node | undefined;
    const flows = this.#known.refresh(node?.metadata.labels?.[zoneLabel] ?? '');
    const rules = this.#known.rules();
    try {
      await prepare();
      const how = await this.#keeper.apply(servicesRuleset(rules, podRanges(node)));
      if (how === 'replaced') log.info({ services: this.#known.size }, 'the packet rules of Services are in place');
    } catch (error) {
      const isMissing = error instanceof NftMissing;
      const message = `Services cannot be programmed: ${error instanceof Error ? error.message : String(error)}`;
      this.#tell({ reason: isMissing ? 'NftMissing' : 'ServicesNotProgrammed', message });
      if (isMissing) return missingRetry;
      throw error;
    }
    this.#tell(undefined);
    await this.#letGo(flows);
    return this.#keeper.resting ? rest : undefined;
  }
}

function podRanges(node: Node | undefined): Record<Family, string[]> {
  const { podCIDR, podCIDRs = podCIDR === undefined ? [] : [podCIDR] } = node?.spec ?? {};
  const isV6 = (range: string): boolean => range.includes(':');
  return { ip: podCIDRs.filter((range) => !isV6(range)), ip6: podCIDRs.filter(isV6) };
}
