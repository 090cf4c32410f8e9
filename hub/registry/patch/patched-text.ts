/** A patched object as text, as Kubernetes shows one it cannot read: its patch library writes what a patch went through anew. */
import type { JsonObject } from '../../api/object.ts';
import type { Schemas, Value } from '../../kinds/schema.ts';
import { pointerParts } from './pointer.ts';
import { isObject, put } from './value.ts';

/** The containers a patch went through, nested as they are: `{ metadata: { labels: {} } }`. */
export type Touched = JsonObject;

/** What the text needs to know of types. */
export interface TextSource {
  readonly schemas: Schemas;
  /** The schema type of the object. */
  readonly type: string;
  /** The JSON names of a type's fields in the order of its Go struct. */
  readonly fieldOrder: (type: string) => readonly string[];
}

/** What a JSON patch goes through: the way to every place it names. */
export function touchedBySteps(steps: unknown): Touched {
  const touched: Touched = {};
  for (const step of Array.isArray(steps) ? steps : []) {
    if (!isObject(step)) continue;
    for (const pointer of [step['path'], step['from']]) {
      if (typeof pointer === 'string') touch(touched, pointerParts(pointer)?.slice(0, -1) ?? []);
    }
  }
  return touched;
}

function touch(root: Touched, parts: readonly string[]): void {
  let here = root;
  for (const part of parts) {
    const next = Object.hasOwn(here, part) ? here[part] : undefined;
    if (isObject(next)) here = next;
    else {
      const made: Touched = {};
      put(here, part, made);
      here = made;
    }
  }
}

const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The text of `object`: sorted where the patch went through, elsewhere in the order of the structs. */
export function patchedText(object: JsonObject, touched: Touched, source: TextSource): string {
  return JSON.stringify(ordered(object, touched, { is: 'object', type: source.type }, source));
}

function ordered(value: unknown, touched: unknown, place: Value | undefined, source: TextSource): unknown {
  const way = isObject(touched) ? touched : undefined;
  if (Array.isArray(value)) {
    const item = place?.is === 'list' ? place.item : undefined;
    return value.map((one, index) => ordered(one, way?.[String(index)], item, source));
  }
  if (!isObject(value)) return value;
  // API: owners of fields are kept as text, which is sorted
  const isSorted = way !== undefined || place?.is === 'map' || place?.is === 'any';
  const type = place?.is === 'object' ? place.type : '';
  const fields = type === '' ? undefined : source.schemas.get(type)?.fields;
  const keys = Object.keys(value);
  if (isSorted) keys.sort(ascending);
  else if (fields !== undefined) sortLike(keys, source.fieldOrder(type));
  const result: JsonObject = {};
  for (const key of keys) {
    const inner = place?.is === 'map' ? place.item : place?.is === 'any' ? place : fields?.get(key)?.value;
    put(result, key, ordered(value[key], way?.[key], inner, source));
  }
  return result;
}

/** API: type and name of an object come first; what the order does not know, last. */
function sortLike(keys: string[], order: readonly string[]): void {
  const rank = (key: string): number => {
    const at = order.indexOf(key);
    if (at >= 0) return at;
    return key === 'kind' ? -2 : key === 'apiVersion' ? -1 : order.length;
  };
  keys.sort((a, b) => rank(a) - rank(b));
}
