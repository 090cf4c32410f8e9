/** CustomResourceDefinitions without their schemas: what controllers ask about them, at a hundredth of the size. */
import type { CustomResourceDefinition } from '../api/custom-resource.ts';
import type { Entry } from '../registry/registry.ts';

/** Outlines of the definitions that are stored. */
export class DefinitionOutlines {
  readonly #known = new WeakMap<Entry, CustomResourceDefinition>();

  /** The definition, its versions without schemas; shared, never to be changed. */
  of(entry: Entry): CustomResourceDefinition {
    let outline = this.#known.get(entry);
    if (outline === undefined) {
      const { managedFields: _, annotations: __, ...metadata } = entry.glance<CustomResourceDefinition>().metadata;
      const { spec, ...rest } = entry.glance<CustomResourceDefinition>();
      const versions = spec.versions.map(({ schema: ___, ...version }) => version);
      outline = { ...rest, metadata, spec: { ...spec, versions } };
      this.#known.set(entry, outline);
    }
    return outline;
  }
}
