/** Which EndpointSlices belong to which Service, and which Services have to be looked at again. */
import { type EndpointSlice, serviceNameLabel } from '../../../hub/api/endpoint-slice.ts';
import type { ObjectKey } from '../../../hub/api/link.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { HeldChange } from '../../state/held.ts';
import { atOwnAddresses, leadsTo, type PodAddresses } from './own-addresses.ts';

/** Services are named by namespace/name. */
export class ServiceIndex {
  readonly #slices = new Map<ObjectKey, EndpointSlice>();
  /** The keys of each Service's slices. */
  readonly #keys = new Map<string, Set<ObjectKey>>();
  readonly #dirty = new Set<string>();
  #own: PodAddresses = new Map();

  /** Takes note of a change; answers whether a Service has to be looked at. */
  notice({ upserts, deletions }: HeldChange): boolean {
    for (const object of upserts) this.take(object);
    for (const key of deletions) {
      if (key.startsWith('services/')) this.#dirty.add(key.slice('services/'.length));
      if (key.startsWith('endpointslices/')) this.#takeSlice(key, undefined);
    }
    return this.#dirty.size > 0;
  }

  /** Takes note of one object. */
  take(object: KubeObject): void {
    const { namespace = '', name = '' } = object.metadata;
    if (object.kind === 'Service') this.#dirty.add(`${namespace}/${name}`);
    if (object.kind === 'EndpointSlice')
      this.#takeSlice(`endpointslices/${namespace}/${name}`, object as unknown as EndpointSlice);
  }

  /** The slices of a Service, in no order, with this node's Pods where they are now. */
  slicesOf(service: string): EndpointSlice[] {
    const slices = [...(this.#keys.get(service) ?? [])].flatMap((key) => this.#slices.get(key) ?? []);
    return this.#own.size === 0 ? slices : slices.map((slice) => atOwnAddresses(slice, this.#own));
  }

  /** True when a slice leads to this Pod. */
  leadsTo(pod: string): boolean {
    const pods = new Set([pod]);
    return [...this.#slices.values()].some((slice) => leadsTo(slice, pods));
  }

  /** Takes note of the addresses this node's Pods have now; answers whether a Service has to be looked at. */
  takeAddresses(own: PodAddresses): boolean {
    const all = new Set([...this.#own.keys(), ...own.keys()]);
    const moved = new Set([...all].filter((pod) => this.#own.get(pod)?.join() !== own.get(pod)?.join()));
    this.#own = own;
    for (const slice of this.#slices.values()) if (leadsTo(slice, moved)) this.#dirty.add(ownerOf(slice));
    return this.#dirty.size > 0;
  }

  /** The Services to look at, each once. */
  takeDirty(): string[] {
    const all = [...this.#dirty];
    this.#dirty.clear();
    return all;
  }

  #takeSlice(key: ObjectKey, slice: EndpointSlice | undefined): void {
    const before = this.#slices.get(key);
    if (before !== undefined) this.#drop(key, ownerOf(before));
    this.#slices.delete(key);
    if (slice === undefined) return;
    this.#slices.set(key, slice);
    const owner = ownerOf(slice);
    this.#dirty.add(owner);
    this.#keys.set(owner, (this.#keys.get(owner) ?? new Set()).add(key));
  }

  #drop(key: ObjectKey, owner: string): void {
    const keys = this.#keys.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(owner);
    this.#dirty.add(owner);
  }
}

/** Namespace and name of the Service a slice belongs to; a name no Service has, when it belongs to none. */
function ownerOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace ?? ''}/${metadata.labels?.[serviceNameLabel] ?? ''}`;
}
