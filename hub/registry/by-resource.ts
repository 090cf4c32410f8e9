/** Something kept for every resource, whichever version it is asked for in. */
import type { ResourceRef } from '../api/resource.ts';
import { shelfKey } from './key.ts';

/** Where the value of one resource is, or will be: there is a place for whatever was asked for. */
interface Place<T> {
  value: T | undefined;
}

/**
 * A map by group and resource. References are constants and rows of the catalogue: known ones are found by identity, also where
 * there is nothing, which is what is asked most (policies, webhooks, quotas).
 */
export class ByResource<T> {
  readonly #places = new Map<string, Place<T>>();
  readonly #known = new WeakMap<ResourceRef, Place<T>>();

  get(ref: ResourceRef): T | undefined {
    return (this.#known.get(ref) ?? this.#place(ref)).value;
  }

  /** The value of `ref`, made when there is none. Values are never taken away again. */
  of(ref: ResourceRef, make: () => T): T {
    const place = this.#known.get(ref) ?? this.#place(ref);
    place.value ??= make();
    return place.value;
  }

  *values(): Iterable<T> {
    for (const { value } of this.#places.values()) if (value !== undefined) yield value;
  }

  #place(ref: ResourceRef): Place<T> {
    const key = shelfKey(ref);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = { value: undefined };
      this.#places.set(key, place);
    }
    this.#known.set(ref, place);
    return place;
  }
}
