/** Something kept for every resource, whichever version it is asked for in. */
import type { ResourceRef } from '../api/resource.ts';
import { shelfKey } from './key.ts';

/** A map by group and resource. References are constants and rows of the catalogue: known ones are found by identity. */
export class ByResource<T> {
  readonly #values = new Map<string, T>();
  readonly #known = new WeakMap<ResourceRef, T>();

  get(ref: ResourceRef): T | undefined {
    const known = this.#known.get(ref);
    if (known !== undefined) return known;
    const value = this.#values.get(shelfKey(ref));
    if (value !== undefined) this.#known.set(ref, value);
    return value;
  }

  /** The value of `ref`, made when there is none. Values are never taken away again. */
  of(ref: ResourceRef, make: () => T): T {
    let value = this.get(ref);
    if (value === undefined) {
      value = make();
      this.#values.set(shelfKey(ref), value);
      this.#known.set(ref, value);
    }
    return value;
  }

  values(): Iterable<T> {
    return this.#values.values();
  }
}
