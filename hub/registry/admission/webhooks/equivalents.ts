/** Other versions a resource is served in: webhooks may ask for their requests in one of those. */
import type { Catalogue, ResourceInfo } from '../../../kinds/kind.ts';

/** Finds rows of the same resource, once for each. */
export class Equivalents {
  readonly #catalogue: Catalogue;
  #known = new Map<ResourceInfo, readonly ResourceInfo[]>();
  #generation = -1;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** Served rows other than `info` that are kept where it is, preferred ones first. */
  of(info: ResourceInfo): readonly ResourceInfo[] {
    if (this.#generation !== this.#catalogue.generation) {
      this.#known = new Map();
      this.#generation = this.#catalogue.generation;
    }
    let found = this.#known.get(info);
    if (found === undefined) {
      const { group, resource } = info.storage;
      const rows = this.#catalogue.groupVersions().flatMap(({ resources }) => resources);
      found = rows.filter(
        (other) => other !== info && other.storage.group === group && other.storage.resource === resource,
      );
      this.#known.set(info, found);
    }
    return found;
  }
}
