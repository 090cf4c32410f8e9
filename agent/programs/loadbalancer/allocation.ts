/** Which Service has which address: from what they ask for and what they have. Pure. */
import type { Service } from '../../../hub/api/service.ts';
import type { Pool } from './pool.ts';

/** The class of Services that name one. */
const loadBalancerClass = 'coracle.io/loadbalancer';

/** Annotation: the address a Service wants; goes before spec.loadBalancerIP. */
const addressAnnotation = 'loadbalancer.coracle.io/address';

/** The condition of a Service's status that says whether it has an address, and why not. Services without it were never served here. */
export const conditionType = 'coracle.io/AddressAllocated';

/** A condition of a Service's status, as the API has it. */
export interface ServiceCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** Why a Service has no address: a word for programs, a sentence for people. */
export interface Problem {
  readonly reason: 'NoPool' | 'PoolExhausted' | 'NotInPool' | 'AddressTaken' | 'IPv4Only';
  readonly message: string;
}

/** What a Service should have: an address, or why it has none. Neither: what it has had is to be taken from it. */
export interface Allocation {
  readonly address?: string;
  readonly problem?: Problem;
}

/** True for a Service that gets its address here. API: one without a class is of whoever serves those; here that is this addon. */
export function isServed({ metadata, spec }: Service): boolean {
  const { type, loadBalancerClass: name = loadBalancerClass } = spec;
  return type === 'LoadBalancer' && name === loadBalancerClass && metadata.deletionTimestamp === undefined;
}

/** The addresses a Service's status tells. */
export function addressesOf({ status }: Service): string[] {
  const { ingress } = (status?.['loadBalancer'] ?? {}) as { ingress?: { ip?: string }[] | null };
  return (ingress ?? []).flatMap(({ ip }) => ip ?? []);
}

/** The condition of this addon, where there is one. */
export function conditionOf({ status }: Service): ServiceCondition | undefined {
  const conditions = (status?.['conditions'] ?? []) as ServiceCondition[];
  return conditions.find(({ type }) => type === conditionType);
}

/**
 * The allocation of every Service that is served here, or was. Who has an address keeps it unless it asks for another one; of
 * two with the same, the older. `others` are addresses that are somebody else's, and whose: nodes have theirs.
 */
export function allocate(
  services: ReadonlyMap<string, Service>,
  pool: Pool,
  others: ReadonlyMap<string, string> = new Map(),
): Map<string, Allocation> {
  const byAge = [...services].sort(([one, a], [other, b]) => (ageKey(a) + one < ageKey(b) + other ? -1 : 1));
  const taken = new Map([...others, ...byAge.flatMap(takenBy)]);
  const result = new Map<string, Allocation>();
  const waiting: [string, Service][] = [];
  for (const [key, service] of byAge) if (wasServed(service, pool)) result.set(key, {});
  for (const [key, service] of byAge) {
    if (!isServed(service)) continue;
    const held = addressesOf(service).find((address) => pool.has(address));
    const wanted = wantedBy(service);
    const isKept = held !== undefined && isFree(held, key, taken) && (wanted === '' || wanted === held);
    if (!isKept) waiting.push([key, service]);
    else {
      taken.set(held, `Service ${key}`);
      result.set(key, { address: held });
    }
  }
  // those that ask for one go before those that take any
  waiting.sort(([, one], [, other]) => Number(wantedBy(one) === '') - Number(wantedBy(other) === ''));
  for (const [key, service] of waiting) {
    const given = give(key, service, { pool, taken });
    if (given.address !== undefined) taken.set(given.address, `Service ${key}`);
    result.set(key, given);
  }
  return result;
}

/** Addresses of Services that are not given out here: traffic may still come to one that is being deleted, and to other classes. */
function takenBy([key, service]: readonly [string, Service]): [string, string][] {
  const { type, externalIPs = [] } = service.spec;
  const held = type === 'LoadBalancer' && !isServed(service) ? addressesOf(service) : [];
  return [...externalIPs, ...held].map((address) => [address, `Service ${key}`]);
}

/** True for a Service of another type now whose status still tells of this addon. */
function wasServed(service: Service, pool: Pool): boolean {
  if (service.spec.type === 'LoadBalancer') return false;
  return conditionOf(service) !== undefined || addressesOf(service).some((address) => pool.has(address));
}

const ageKey = ({ metadata }: Service): string => `${metadata.creationTimestamp ?? ''} `;

function wantedBy({ metadata, spec }: Service): string {
  return metadata.annotations?.[addressAnnotation] ?? spec.loadBalancerIP ?? '';
}

const refusal = (reason: Problem['reason'], message: string): Allocation => ({ problem: { reason, message } });

/** True when nobody has the address, or the Service itself: it may name it as an external one too. */
function isFree(address: string, key: string, taken: ReadonlyMap<string, string>): boolean {
  return (taken.get(address) ?? `Service ${key}`) === `Service ${key}`;
}

function give(
  key: string,
  service: Service,
  { pool, taken }: { pool: Pool; taken: ReadonlyMap<string, string> },
): Allocation {
  const { ipFamilies = ['IPv4'] } = service.spec;
  if (!ipFamilies.includes('IPv4')) return refusal('IPv4Only', 'it is of IPv6 alone, and this addon gives out IPv4');
  if (pool.isEmpty)
    return refusal('NoPool', 'there are no addresses to give out; say which: coracle enable loadbalancer:FIRST-LAST');
  const wanted = wantedBy(service);
  if (wanted === '') {
    const address = pool.free(taken);
    return address === undefined ? refusal('PoolExhausted', 'every address of the pool is taken') : { address };
  }
  if (!pool.has(wanted)) return refusal('NotInPool', `it asks for ${wanted}, which is not in the pool`);
  if (!isFree(wanted, key, taken))
    return refusal('AddressTaken', `it asks for ${wanted}, which ${taken.get(wanted) ?? ''} has`);
  return { address: wanted };
}
