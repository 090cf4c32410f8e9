/**
 * The service proxy: programs the kernel so that the addresses of Services lead to their endpoints, from what this node holds.
 *
 * INVARIANTS: works from the held objects alone, so also while the hub is away; the rules stay when the agent stops; changes
 * that come together are programmed together; what a change costs hardly grows with the number of Services it does not touch.
 */
import type { Node } from '../../../hub/api/node.ts';
import type { Service } from '../../../hub/api/service.ts';
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
import type { NodePlace } from './endpoint-choice.ts';
import { type Family, leftOut, type ProxyPort, proxyModel } from './proxy-model.ts';
import { knownClients } from './known-clients.ts';
import { addressesOf } from './own-addresses.ts';
import { ServiceIndex } from './service-index.ts';
import { type ServiceRules, serviceRules, servicesRuleset, servicesTable } from './service-rules.ts';
import { type Flows, staleFlows, strayFlows } from './stale-flows.ts';

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

interface Known {
  readonly ports: readonly ProxyPort[];
  readonly rules: ServiceRules;
}

/** Makes the proxy. */
export function createServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  const { held, clock, log } = options;
  const keeper = new TableKeeper({
    ...{ run: options.rules.run, clock, log },
    added: async (table) => knownClients(await options.listSets(table)),
  });
  const index = new ServiceIndex();
  /** By namespace/name, in the order of the names: of two that want one address always the same has it. */
  let known = new Map<string, Known>();
  const toldLeftOut = new Set<string>();
  let place: NodePlace = { name: options.node, zone: '' };
  let trouble: NetworkTrouble | undefined;
  let isPlaced = false;
  let isFirst = true;
  const releases: (() => void)[] = [];
  const queue = new WorkQueue({
    name: 'service proxy',
    handle: program,
    clock,
    log,
    backoff: { first: 500, limit: 30_000 },
  });
  const ownNode = (): Node | undefined => held.get(`nodes//${options.node}`) as unknown as Node | undefined;

  function tell(next: NetworkTrouble | undefined): void {
    isPlaced = next === undefined;
    if (next?.message === trouble?.message) return;
    trouble = next;
    if (next !== undefined) log.warn({ trouble: next.message }, 'Services cannot be reached from this node');
    options.changed();
  }

  function tellLeftOut(key: string, { spec }: Service): void {
    if (spec.ports?.some(({ protocol }) => protocol === leftOut) !== true) toldLeftOut.delete(key);
    else if (!toldLeftOut.has(key)) {
      toldLeftOut.add(key);
      log.warn({ service: key }, `ports of protocol ${leftOut} are not served on this node`);
    }
  }

  function look(key: string): Known | undefined {
    const service = held.get(`services/${key}`) as unknown as Service | undefined;
    if (service === undefined) return undefined;
    tellLeftOut(key, service);
    const ports = proxyModel(service, index.slicesOf(key), place);
    return { ports, rules: serviceRules(ports) };
  }

  /** Brings `known` up to date; answers the flows that lead nowhere any more. */
  function refresh(keys: Iterable<string>): Flows[] {
    const flows: Flows[] = [];
    let isNew = false;
    for (const key of keys) {
      const [before, after] = [known.get(key), look(key)];
      flows.push(...staleFlows(before?.ports ?? [], after?.ports ?? []));
      if (after === undefined) known.delete(key);
      else known.set(key, after);
      isNew ||= before === undefined;
    }
    if (isNew) known = new Map([...known].sort(([one], [other]) => (one < other ? -1 : 1)));
    return flows;
  }

  async function letGo(flows: readonly Flows[]): Promise<void> {
    const ports = isFirst ? [...known.values()].flatMap((each) => each.ports) : [];
    // what changed while no agent ran can only be seen in the flows themselves
    const stale = isFirst ? strayFlows(await options.flows.list(), ports) : flows;
    isFirst = false;
    // not waited for: the next change is not to
    if (stale.length > 0) void options.flows.forget(stale);
  }

  /** What the runtime cannot tell now it tells when the next Pod is placed. */
  async function findOwn(): Promise<void> {
    try {
      if (index.takeAddresses(addressesOf(await options.sandboxes()))) queue.addAfter(work, gather);
    } catch (error) {
      log.debug({ error: String(error) }, 'the addresses of own Pods are not known');
    }
  }

  async function program(): Promise<number | undefined> {
    const node = ownNode();
    const zone = node?.metadata.labels?.[zoneLabel] ?? '';
    const moved = zone !== place.zone;
    place = { ...place, zone };
    const flows = refresh(new Set([...index.takeDirty(), ...(moved ? known.keys() : [])]));
    const rules = [...known.values()].map((each) => each.rules);
    try {
      await options.prepare();
      const how = await keeper.apply(servicesRuleset(rules, podRanges(node)));
      if (how === 'replaced') log.info({ services: known.size }, 'the packet rules of Services are in place');
    } catch (error) {
      const isMissing = error instanceof NftMissing;
      const message = `Services cannot be programmed: ${error instanceof Error ? error.message : String(error)}`;
      tell({ reason: isMissing ? 'NftMissing' : 'ServicesNotProgrammed', message });
      if (isMissing) return missingRetry;
      throw error;
    }
    tell(undefined);
    await letGo(flows);
    return keeper.resting ? rest : undefined;
  }

  return {
    name: 'service proxy',
    async start() {
      for (const resource of ['services', 'endpointslices'])
        for (const object of held.all(resource)) index.take(object);
      releases.push(
        held.subscribe((change) => {
          const isOwn = change.upserts.some(({ kind, metadata }) => kind === 'Node' && metadata.name === options.node);
          if (index.notice(change) || isOwn) queue.addAfter(work, gather);
        }),
        options.rules.watch(servicesTable.name, () => {
          keeper.forget();
          queue.add(work);
        }),
      );
      await findOwn();
      queue.add(work);
      await queue.settled();
    },
    async stop() {
      for (const release of releases) release();
      await queue.stop();
    },
    trouble: () => trouble,
    async placed(pod) {
      if (index.leadsTo(pod)) await findOwn();
    },
    serves: (service) =>
      isPlaced && known.get(service)?.ports.some(({ endpoints }) => endpoints.cluster.length > 0) === true,
  };
}

function podRanges(node: Node | undefined): Record<Family, string[]> {
  const { podCIDR, podCIDRs = podCIDR === undefined ? [] : [podCIDR] } = node?.spec ?? {};
  const isV6 = (range: string): boolean => range.includes(':');
  return { ip: podCIDRs.filter((range) => !isV6(range)), ip6: podCIDRs.filter(isV6) };
}
