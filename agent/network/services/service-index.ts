/** Which EndpointSlices belong to which Service, and which Services have to be looked at again. */
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { ObjectKey } from '../../../hub/api/link.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { HeldChange } from '../../state/held.ts';
import { serviceNameLabel } from './proxy-model.ts';

/** Services are named by namespace/name. */
export class ServiceIndex {
  readonly #slices = new Map<ObjectKey, EndpointSlice>();
  /** The keys of each Service's slices. */
  readonly #keys = new Map<string, Set<ObjectKey>>();
  readonly #dirty = new Set<string>();

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

  /** The slices of a Service, in no order. */
  slicesOf(service: string): EndpointSlice[] {
    return [...(this.#keys.get(service) ?? [])].flatMap((key) => this.#slices.get(key) ?? []);
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
