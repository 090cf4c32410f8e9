/** The schemas of all built-in types, from the tables in `data`; a type is parsed when it is first asked for. */
import { readData, readTable } from './data-file.ts';
import type { Field, Schemas, Type, Value } from './schema.ts';

/** Where the rows of one type lie in a table. */
export interface Slice {
  readonly from: number;
  to: number;
}

const newline = 0x0a;
const tab = 0x09;
const reference = '→';

/** The type of schemas within schemas. */
const jsonSchema = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

/** Types that are no structs on the wire. */
const special: Readonly<Record<string, Value>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { is: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { is: 'int-or-string' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { is: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { is: 'string', format: 'micro-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { is: 'any' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': { is: 'any' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { is: 'any' },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': { is: 'any' },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': { is: 'any', type: jsonSchema },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': { is: 'any', type: jsonSchema },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': { is: 'any' },
};

/** Reads one cell of the value column: `→type`, `[x]`, `{x}`, `string/format`. */
function parseValue(text: string): Value {
  if (text.startsWith(reference)) return special[text.slice(1)] ?? { is: 'object', type: text.slice(1) };
  if (text.startsWith('[')) return { is: 'list', item: parseValue(text.slice(1, -1)) };
  if (text.startsWith('{')) return { is: 'map', item: parseValue(text.slice(1, -1)) };
  const [base, format] = text.split('/');
  switch (base) {
    case 'string':
      return format === undefined ? { is: 'string' } : { is: 'string', format };
    case 'integer':
      return format === undefined ? { is: 'integer' } : { is: 'integer', format };
    case 'number':
      return { is: 'number' };
    case 'boolean':
      return { is: 'boolean' };
    default:
      return { is: 'any' };
  }
}

/** Finds the rows of each type in a table whose first column is the type: they follow one another, so a type is one slice. */
export function indexTypes(table: Buffer): Map<string, Slice> {
  const slices = new Map<string, Slice>();
  let current: Slice | undefined;
  let name = '';
  let at = table.indexOf(newline) + 1;
  while (at < table.length) {
    const found = table.indexOf(newline, at);
    const end = found < 0 ? table.length : found;
    const cut = table.indexOf(tab, at);
    const sameType =
      current !== undefined &&
      cut - at === name.length &&
      table.toString('latin1', at, cut) === name &&
      slices.has(name);
    if (sameType && current !== undefined) {
      current.to = end;
    } else if (cut > at && cut < end) {
      name = table.toString('latin1', at, cut);
      current = { from: at, to: end };
      slices.set(name, current);
    }
    at = end + 1;
  }
  return slices;
}

/** `io.k8s.api.core.v1.Pod` → `Pod` and `core.v1.Pod`. */
function shortNames(type: string): { bare: string; qualified: string } {
  const parts = type.split('.');
  return { bare: parts.at(-1) ?? type, qualified: parts.slice(-3).join('.') };
}

/** What an unset field becomes when the table does not say. */
function usualZero(name: string, value: Value, required: boolean): Field['zero'] {
  const isStruct = name === 'metadata' || name === 'spec' || name === 'status';
  if (required || (value.is === 'object' && isStruct)) return 'print';
  const isPointer =
    value.is === 'boolean' ||
    value.is === 'integer' ||
    value.is === 'number' ||
    value.is === 'object' ||
    value.is === 'any' ||
    value.is === 'int-or-string' ||
    value.is === 'quantity' ||
    (value.is === 'string' && (value.format === 'date-time' || value.format === 'micro-time'));
  return isPointer ? 'keep' : 'omit';
}

/** How lists and maps of a type merge: field name → its row; the type's own row is under `(type)`. */
function readMerging(): Map<string, Map<string, string[]>> {
  const merging = new Map<string, Map<string, string[]>>();
  for (const row of readTable('list-and-merge-keys.tsv', 8)) {
    const [type = '', field = ''] = row;
    let fields = merging.get(type);
    if (fields === undefined) {
      fields = new Map();
      merging.set(type, fields);
    }
    fields.set(field, row);
  }
  return merging;
}

function listTypeOf(text: string): Field['listType'] {
  return text === 'atomic' || text === 'set' || text === 'map' ? text : undefined;
}

/** Every table of this room that speaks of fields, behind one lookup. */
class TableSchemas implements Schemas {
  readonly #table: Buffer;
  readonly #slices: Map<string, Slice>;
  readonly #types = new Map<string, Type>();
  #merging: Map<string, Map<string, string[]>> | undefined;
  #zeros: Map<string, Field['zero']> | undefined;

  constructor(table: Buffer) {
    this.#table = table;
    this.#slices = indexTypes(table);
  }

  get(type: string): Type | undefined {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const slice = this.#slices.get(type);
    if (slice === undefined) return undefined;
    const parsed = this.#parse(type, slice);
    this.#types.set(type, parsed);
    return parsed;
  }

  names(): Iterable<string> {
    return this.#slices.keys();
  }

  #parse(type: string, slice: Slice): Type {
    this.#merging ??= readMerging();
    this.#zeros ??= new Map(readTable('zero-values.tsv', 2).map((row) => [row[0] ?? '', row[1] as Field['zero']]));
    const merging = this.#merging.get(type);
    const fields = new Map<string, Field>();
    for (const line of this.#table.toString('utf8', slice.from, slice.to).split('\n')) {
      const [, name = '', value = '', required = ''] = line.split('\t');
      if (name === '-') continue;
      fields.set(name, this.#field({ type, name, value: parseValue(value), required: required === 'yes', merging }));
    }
    return { name: type, fields, ...(this.#isAtomic({ is: 'object', type }) ? { atomic: true } : {}) };
  }

  #field(row: {
    type: string;
    name: string;
    value: Value;
    required: boolean;
    merging: Map<string, string[]> | undefined;
  }): Field {
    const { bare, qualified } = shortNames(row.type);
    const { name, value, required } = row;
    const zero =
      this.#zeros?.get(`${qualified}.${name}`) ??
      this.#zeros?.get(`${bare}.${name}`) ??
      usualZero(name, value, required);
    const [, , , listType = '', mapKeys = '', strategy = '', mergeKey = '', mapType = ''] =
      row.merging?.get(name) ?? [];
    const kind = listTypeOf(listType);
    const atomic = mapType === 'atomic' || (mapType !== 'granular' && this.#isAtomic(value));
    return {
      name,
      value,
      required,
      zero,
      ...(kind === undefined ? {} : { listType: kind }),
      ...(mapKeys === '' ? {} : { mapKeys: mapKeys.split(',') }),
      ...(strategy === '' ? {} : { patchStrategy: strategy.split(',') }),
      ...(mergeKey === '' ? {} : { mergeKey }),
      ...(atomic ? { atomic } : {}),
    };
  }

  #isAtomic(value: Value): boolean {
    if (value.is !== 'object') return false;
    return this.#merging?.get(value.type)?.get('(type)')?.[7]?.includes('"x-kubernetes-map-type": "atomic"') === true;
  }
}

/** The schemas of every built-in type. Costs a scan of the table's line starts; each type is parsed on its first use. */
export function loadSchemas(): Schemas {
  return new TableSchemas(readData('schema-fields.tsv'));
}
