/** Custom resources in the catalogue: it follows the definitions, change by change. */
import { type CustomResourceDefinition, customResourceDefinitions } from '../api/custom-resource.ts';
import { type MakeRules, rowsOf } from '../kinds/custom/rows.ts';
import type { Catalogue, ResourceInfo } from '../kinds/kind.ts';
import type { Change } from './registry.ts';

/** Keeps the custom rows of a catalogue. */
export class Definitions {
  readonly #catalogue: Catalogue;
  readonly #makeRules: MakeRules;

  constructor(options: { catalogue: Catalogue; makeRules: MakeRules }) {
    this.#catalogue = options.catalogue;
    this.#makeRules = options.makeRules;
  }

  /** Takes over a change before anybody hears of it; others than those of definitions are nothing here. */
  apply(change: Change): void {
    const { entry, previous } = change;
    if (!isDefinition(entry.info)) return;
    if (change.type === 'DELETED') this.remove(entry.object());
    else if (previous === undefined || matters(entry.object(), previous.object())) this.put(entry.object());
  }

  /** Serves what a definition says. */
  put(definition: CustomResourceDefinition): void {
    const { served, stored } = rowsOf(definition, this.#makeRules);
    this.#catalogue.setCustom(nameOf(definition), served, stored);
  }

  /** Serves it no more. */
  remove(definition: CustomResourceDefinition): void {
    this.#catalogue.setCustom(nameOf(definition), []);
  }
}

/** True for the resource of definitions. */
export function isDefinition(info: ResourceInfo): boolean {
  return info.resource === customResourceDefinitions.resource && info.group === customResourceDefinitions.group;
}

function nameOf({ spec }: CustomResourceDefinition): { group: string; resource: string } {
  return { group: spec.group, resource: spec.names.plural };
}

/** True unless the change is one of metadata: rows that stay the same keep their watches. */
function matters(after: CustomResourceDefinition, before: CustomResourceDefinition): boolean {
  const { conditions: _, ...status } = after.status ?? {};
  const { conditions: __, ...statusBefore } = before.status ?? {};
  const states = (definition: CustomResourceDefinition): unknown =>
    definition.status?.conditions?.map(({ type, status: state }) => [type, state]);
  const texts = [after, before].map((one, index) =>
    JSON.stringify([one.spec, index === 0 ? status : statusBefore, states(one)]),
  );
  return texts[0] !== texts[1];
}
