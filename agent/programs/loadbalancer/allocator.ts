/**
 * Gives addresses to Services, for as long as this instance is elected, and writes them into their status.
 *
 * INVARIANTS: what it goes by was listed after it was elected, and has what it wrote itself, so that what another instance or
 * it gave away a moment ago is not given twice; a Service that changed meanwhile is looked at again before it is written.
 */
import { isNotFound } from '../../../hub/api/errors.ts';
import { timestamp } from '../../../hub/api/object.ts';
import type { Service } from '../../../hub/api/service.ts';
import { WorkQueue } from '../../../hub/base/work-queue.ts';
import { patchTypes } from '../client/client.ts';
import { isGoing } from '../client/going.ts';
import { Mirror } from '../client/mirror.ts';
import type { ProgramContext } from '../client/program.ts';
import {
  addressesOf,
  type Allocation,
  allocate,
  conditionOf,
  conditionType,
  type ServiceCondition,
} from './allocation.ts';
import { tellOf } from './events.ts';
import type { Pool } from './pool.ts';

const everyService = '/api/v1/services';

/** What it works with. */
export interface AllocatorOptions extends ProgramContext {
  readonly pool: Pool;
  /** The program's own DaemonSet: nothing is given out once it is deleted. */
  readonly daemonSet: string;
  /** Addresses no Service may have, and whose they are; undefined while that is not known. */
  readonly others: () => ReadonlyMap<string, string> | undefined;
}

/** The addresses of one time of leading. */
export class Allocator {
  readonly #options: AllocatorOptions;
  readonly #services: Mirror<Service>;
  /** What was written and has not come back yet. */
  readonly #written = new Map<string, Service>();
  readonly #queue: WorkQueue;
  #isStarted = false;

  constructor(options: AllocatorOptions) {
    this.#options = options;
    const { client, clock, log, random } = options;
    const changed = (): void => this.look();
    const path = everyService;
    this.#services = new Mirror<Service>({ client, clock, log, random, path, changed, synced: changed });
    this.#queue = new WorkQueue({
      ...{ name: 'addresses', clock, log, backoff: { first: 200, limit: 30_000 } },
      handle: () => (this.#isStarted ? this.#bring() : this.#begin()),
    });
  }

  start(): void {
    this.look();
  }

  /** Something it goes by may have changed. */
  look(): void {
    this.#queue.add('all');
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
    await this.#services.stop();
  }

  async #begin(): Promise<undefined> {
    const { client, daemonSet } = this.#options;
    if (await isGoing(client, daemonSet, AbortSignal.timeout(10_000))) return;
    this.#isStarted = true;
    this.#services.start();
  }

  async #bring(): Promise<undefined> {
    const others = this.#options.others();
    if (!this.#services.isSynced || others === undefined) return;
    let failure: unknown;
    const services = this.#view();
    for (const [key, allocation] of allocate(services, this.#options.pool, others)) {
      const service = services.get(key);
      if (service === undefined || isWritten(service, allocation)) continue;
      try {
        this.#written.set(key, await write(this.#options, service, allocation));
      } catch (error) {
        if (!isNotFound(error)) failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  #view(): Map<string, Service> {
    const view = new Map(this.#services.objects);
    for (const [key, service] of this.#written) {
      const seen = view.get(key);
      if (seen !== undefined && isOlder(seen, service)) view.set(key, service);
      else this.#written.delete(key);
    }
    return view;
  }
}

/** Takes the addresses of `pool`, and all the addon said, from every Service there is. Rejects when one of them could not be written. */
export async function releaseAll(context: Pick<ProgramContext, 'client' | 'clock' | 'log'>, pool: Pool): Promise<void> {
  const { items } = await context.client.get<{ items: Service[] }>(everyService);
  for (const service of items) {
    if (conditionOf(service) === undefined && !addressesOf(service).some((address) => pool.has(address))) continue;
    await write(context, { ...service, metadata: { ...service.metadata, resourceVersion: '' } }, {}).catch(
      (error: unknown) => {
        if (!isNotFound(error)) throw error;
      },
    );
  }
}

/** API: versions of one kind of object can be compared as numbers. */
function isOlder(one: Service, other: Service): boolean {
  return (
    one.metadata.uid === other.metadata.uid &&
    BigInt(one.metadata.resourceVersion ?? 0) < BigInt(other.metadata.resourceVersion ?? 0)
  );
}

function isWritten(service: Service, { address, problem }: Allocation): boolean {
  const has = addressesOf(service);
  if (has.length !== (address === undefined ? 0 : 1) || has[0] !== address) return false;
  const told = conditionOf(service);
  if (address === undefined && problem === undefined) return told === undefined;
  return told?.status === (problem === undefined ? 'True' : 'False') && told.message === (problem?.message ?? '');
}

async function write(
  context: Pick<ProgramContext, 'client' | 'clock' | 'log'>,
  service: Service,
  allocation: Allocation,
): Promise<Service> {
  const { namespace = '', name = '', resourceVersion = '' } = service.metadata;
  const { address, problem } = allocation;
  const condition = conditionFor(service, allocation, timestamp(context.clock.now()));
  const body = {
    ...(resourceVersion === '' ? {} : { metadata: { resourceVersion } }),
    status: {
      loadBalancer: { ingress: address === undefined ? null : [{ ip: address, ipMode: 'VIP' }] },
      conditions: [condition ?? { $patch: 'delete', type: conditionType }],
    },
  };
  const path = `/api/v1/namespaces/${namespace}/services/${name}/status`;
  const written = await context.client.patch<Service>(path, body, { type: patchTypes.strategic });
  const what = address === undefined ? (problem?.message ?? 'released') : `has ${address}`;
  context.log.info({ service: `${namespace}/${name}` }, what);
  if (problem !== undefined)
    await tellOf(context, service, {
      type: 'Warning',
      reason: problem.reason,
      message: `no address: ${problem.message}`,
    });
  else if (address !== undefined)
    await tellOf(context, service, {
      type: 'Normal',
      reason: 'AddressAllocated',
      message: `its address is ${address}`,
    });
  return written;
}

function conditionFor(service: Service, { address, problem }: Allocation, now: string): ServiceCondition | undefined {
  if (address === undefined && problem === undefined) return undefined;
  const status = problem === undefined ? 'True' : 'False';
  const before = conditionOf(service);
  const { generation } = service.metadata;
  return {
    ...{ type: conditionType, status, reason: problem?.reason ?? 'Allocated', message: problem?.message ?? '' },
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}
