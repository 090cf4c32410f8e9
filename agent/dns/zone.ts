/**
 * The names of the cluster, kept from the held Services and EndpointSlices: a change costs what it changes.
 *
 * INVARIANTS: a Service is built anew whenever it or a slice of it changed; an address leads back to exactly the Services
 * that have it now.
 */
import { type EndpointSlice, serviceNameLabel } from '../../hub/api/endpoint-slice.ts';
import type { ObjectKey } from '../../hub/api/link.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { Service } from '../../hub/api/service.ts';
import type { HeldChange, HeldObjects } from '../state/held.ts';
import { addressKey, type NamedService, namedService } from './named-service.ts';
import { type Labels, labelsOf } from './wire/name.ts';

/** What answers are made from. */
export interface Names {
  /** The cluster's domain. */
  readonly domain: Labels;
  /** How long answers may be kept, in seconds. */
  readonly ttl: number;
  /** Where this server listens; undefined while it does not. */
  readonly server: string | undefined;
  /** Goes up with each change. */
  readonly serial: number;
  service(namespace: string, name: string): NamedService | undefined;
  /** True when there is a Service in it. */
  hasNamespace(namespace: string): boolean;
  /** The Services that have this address, or an endpoint with it. */
  withAddress(address: string): Iterable<NamedService>;
}

/** The zone. */
export class Zone implements Names {
  readonly domain: Labels;
  readonly ttl: number;
  server: string | undefined;
  serial = 1;
  readonly #held: Pick<HeldObjects, 'all' | 'get'>;
  /** By `<namespace>/<name>`. */
  readonly #services = new Map<string, NamedService>();
  readonly #namespaces = new Map<string, number>();
  /** Slice → Service, and back: a slice that is gone tells nothing any more. */
  readonly #serviceOf = new Map<ObjectKey, string>();
  readonly #slicesOf = new Map<string, Set<ObjectKey>>();
  readonly #byAddress = new Map<string, Set<string>>();

  constructor(options: { domain: string; ttl: number; held: Pick<HeldObjects, 'all' | 'get'> }) {
    this.domain = labelsOf(options.domain);
    this.ttl = options.ttl;
    this.#held = options.held;
    for (const slice of options.held.all('endpointslices')) this.#place(slice);
    for (const { metadata } of options.held.all('services')) this.#build(`${metadata.namespace}/${metadata.name}`);
  }

  /** Takes over what changed in the held objects. */
  update({ upserts, deletions }: HeldChange): void {
    const changed = new Set<string>();
    for (const object of upserts) {
      const { namespace, name } = object.metadata;
      if (object.kind === 'Service') changed.add(`${namespace}/${name}`);
      else if (object.kind === 'EndpointSlice') for (const key of this.#place(object)) changed.add(key);
    }
    for (const key of deletions) {
      if (key.startsWith('services/')) changed.add(key.slice('services/'.length));
      else if (key.startsWith('endpointslices/')) for (const service of this.#unplace(key)) changed.add(service);
    }
    if (changed.size > 0) this.serial = (this.serial % 0xffffffff) + 1;
    for (const key of changed) this.#build(key);
  }

  service(namespace: string, name: string): NamedService | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  hasNamespace(namespace: string): boolean {
    return this.#namespaces.has(namespace);
  }

  *withAddress(address: string): Iterable<NamedService> {
    for (const key of this.#byAddress.get(addressKey(address)) ?? []) {
      const found = this.#services.get(key);
      if (found !== undefined) yield found;
    }
  }

  /** Notes whose slice it is; answers the Services this concerns. */
  #place({ metadata }: KubeObject): string[] {
    const key = `endpointslices/${metadata.namespace}/${metadata.name}`;
    const service = metadata.labels?.[serviceNameLabel];
    const now = service === undefined ? undefined : `${metadata.namespace}/${service}`;
    const before = this.#serviceOf.get(key) === now ? [] : this.#unplace(key);
    if (now === undefined) return before;
    this.#serviceOf.set(key, now);
    const slices = this.#slicesOf.get(now) ?? new Set();
    this.#slicesOf.set(now, slices.add(key));
    return [...before, now];
  }

  #unplace(key: ObjectKey): string[] {
    const service = this.#serviceOf.get(key);
    if (service === undefined) return [];
    this.#serviceOf.delete(key);
    const slices = this.#slicesOf.get(service);
    slices?.delete(key);
    if (slices?.size === 0) this.#slicesOf.delete(service);
    return [service];
  }

  #build(key: string): void {
    this.#remove(key);
    const service = this.#held.get(`services/${key}`) as Service | undefined;
    if (service === undefined) return;
    const slices = [...(this.#slicesOf.get(key) ?? [])].flatMap((each) => {
      const slice = this.#held.get(each) as EndpointSlice | undefined;
      return slice === undefined ? [] : [slice];
    });
    const built = namedService(service, slices);
    this.#services.set(key, built);
    this.#namespaces.set(built.namespace, (this.#namespaces.get(built.namespace) ?? 0) + 1);
    for (const address of addressesOf(built)) {
      const keys = this.#byAddress.get(address) ?? new Set();
      this.#byAddress.set(address, keys.add(key));
    }
  }

  #remove(key: string): void {
    const before = this.#services.get(key);
    if (before === undefined) return;
    this.#services.delete(key);
    const left = (this.#namespaces.get(before.namespace) ?? 1) - 1;
    if (left === 0) this.#namespaces.delete(before.namespace);
    else this.#namespaces.set(before.namespace, left);
    for (const address of addressesOf(before)) {
      const keys = this.#byAddress.get(address);
      keys?.delete(key);
      if (keys?.size === 0) this.#byAddress.delete(address);
    }
  }
}

const addressesOf = ({ addresses, endpoints }: NamedService): Set<string> =>
  new Set([...addresses, ...endpoints.map(({ address }) => address)].map(addressKey));
