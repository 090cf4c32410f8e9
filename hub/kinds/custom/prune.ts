/** Pruning: fields that the schema does not know go, and nulls where null is no value. */
import { hasDefault, isFields, type Structural } from './structural.ts';

/** Brings the metadata of an embedded resource into form; answers unknown fields. */
export type ConformMetadata = (metadata: object) => readonly string[];

const typeFields = new Set(['apiVersion', 'kind', 'metadata']);
const mostProblems = 100;

class Pruning {
  readonly unknown: string[] = [];
  readonly #conform: ConformMetadata;

  constructor(conform: ConformMetadata) {
    this.#conform = conform;
  }

  value(value: unknown, schema: Structural | undefined, path: string, root: boolean): void {
    if (Array.isArray(value)) {
      const items = schema?.items;
      if (schema?.preserves === true && items === undefined) return;
      value.forEach((item, index) => {
        this.value(item, items, `${path}[${index}]`, items?.embedded === true);
      });
    } else if (isFields(value)) this.#fields(value, schema, path, root);
  }

  #fields(fields: Record<string, unknown>, schema: Structural | undefined, path: string, root: boolean): void {
    for (const name of Object.keys(fields)) {
      if (root && typeFields.has(name)) continue;
      const below = path === '' ? name : `${path}.${name}`;
      const part = schema?.properties.get(name) ?? schema?.additional;
      if (part === true) this.value(fields[name], undefined, below, false);
      else if (part !== undefined) this.value(fields[name], part, below, part.embedded);
      else if (schema?.preserves !== true) this.#remove(fields, name, below);
    }
    if (schema?.embedded === true && isFields(fields['metadata'])) this.#metadata(fields['metadata'], path);
  }

  #remove(fields: Record<string, unknown>, name: string, path: string): void {
    if (this.unknown.length < mostProblems) this.unknown.push(path);
    delete fields[name];
  }

  #metadata(metadata: object, path: string): void {
    const where = path === '' ? 'metadata' : `${path}.metadata`;
    for (const problem of this.#conform(metadata)) {
      const name = /^unknown field "(.*)"$/.exec(problem)?.[1];
      if (name !== undefined) this.unknown.push(`${where}.${name}`);
    }
  }
}

/** Takes unknown fields out of an object, in place; answers their paths in order. The metadata of the object itself is not looked at. */
export function prune(object: object, schema: Structural, conform: ConformMetadata): string[] {
  const pruning = new Pruning(conform);
  pruning.value(object, schema, '', true);
  return pruning.unknown.sort();
}

/** True when a value of the schema holds nothing that pruning would take away. */
export function isPruned(value: unknown, schema: Structural): boolean {
  const copy: unknown = structuredClone(value);
  const pruning = new Pruning(() => []);
  pruning.value(copy, schema, '', schema.embedded);
  return pruning.unknown.length === 0;
}

/** Null where null is no value. */
export function isWrongNull(value: unknown, schema: Structural | undefined): boolean {
  return value === null && schema !== undefined && !schema.nullable;
}

/** Takes away nulls that are no values and have no default to take their place, in place. */
export function dropNulls(value: unknown, schema: Structural): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) dropNulls(item, schema.items);
    return;
  }
  if (!isFields(value)) return;
  for (const name of Object.keys(value)) {
    const part = schema.properties.get(name) ?? (schema.additional === true ? undefined : schema.additional);
    if (part === undefined) continue;
    if (isWrongNull(value[name], part) && !hasDefault(part.json)) delete value[name];
    else dropNulls(value[name], part);
  }
}
