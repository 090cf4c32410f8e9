/** Custom resources in the catalogue: it follows the definitions, change by change. */
import { type CustomResourceDefinition, customResourceDefinitions } from '../api/custom-resource.ts';
import type { MakeRules } from '../kinds/custom/lazy-schema.ts';
import { rowsOf } from '../kinds/custom/rows.ts';
import type { Catalogue, ResourceInfo } from '../kinds/kind.ts';
import type { Change, Entry } from './registry.ts';

/** A definition that is served: where its schemas are read from, and what its rows were made of but for those. */
interface Served {
  entry: Entry;
  readonly state: string;
}

/** Keeps the custom rows of a catalogue. */
export class Definitions {
  readonly #catalogue: Catalogue;
  readonly #makeRules: MakeRules;
  readonly #served = new Map<string, Served>();

  constructor(options: { catalogue: Catalogue; makeRules: MakeRules }) {
    this.#catalogue = options.catalogue;
    this.#makeRules = options.makeRules;
  }

  /** Takes over a change before anybody hears of it; others than those of definitions are nothing here. */
  apply({ entry, type }: Change): void {
    if (!isDefinition(entry.info)) return;
    if (type === 'DELETED') this.#remove(entry);
    else this.put(entry);
  }

  /** Serves what a definition says. Rows that would be the same stay, with their watches. */
  put(entry: Entry): void {
    const definition = entry.glance<CustomResourceDefinition>();
    const state = stateOf(definition);
    const before = this.#served.get(entry.name);
    if (before?.state === state) {
      before.entry = entry;
      return;
    }
    const now: Served = { entry, state };
    this.#served.set(entry.name, now);
    const read = (): CustomResourceDefinition => now.entry.glance();
    const { served, stored } = rowsOf(definition, { makeRules: this.#makeRules, read });
    this.#catalogue.setCustom(nameOf(definition), served, stored);
  }

  #remove(entry: Entry): void {
    this.#served.delete(entry.name);
    this.#catalogue.setCustom(nameOf(entry.glance()), []);
  }
}

/** True for the resource of definitions. */
export function isDefinition(info: ResourceInfo): boolean {
  return info.resource === customResourceDefinitions.resource && info.group === customResourceDefinitions.group;
}

function nameOf({ spec }: CustomResourceDefinition): { group: string; resource: string } {
  return { group: spec.group, resource: spec.names.plural };
}

/** What rows are made of, but for the spec: its generation stands for that. */
function stateOf({ metadata, status = {} }: CustomResourceDefinition): string {
  const { conditions, ...rest } = status;
  return JSON.stringify([metadata.uid, metadata.generation, rest, conditions?.map((one) => [one.type, one.status])]);
}
