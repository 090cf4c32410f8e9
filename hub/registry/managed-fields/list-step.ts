/** The steps into lists: `k:{…}` for items told apart by fields, `v:…` for items that are their own key. */
import type { Shape } from './shape.ts';

type Keyed = Extract<Shape, { is: 'keyed' }>;

/** The key fields of an item as JSON, sorted; undefined when it has none of them. */
function itemKey(item: unknown, { keys, defaults }: Keyed): string | undefined {
  if (item === null || typeof item !== 'object') return undefined;
  const fields = item as Record<string, unknown>;
  const only = keys[0];
  if (keys.length === 1 && only !== undefined) {
    const value = fields[only] ?? defaults[only];
    return value === undefined ? undefined : `{"${only}":${JSON.stringify(value)}}`;
  }
  let text = '';
  for (const key of keys) {
    const value = fields[key] ?? defaults[key];
    if (value !== undefined) text += `${text === '' ? '' : ','}"${key}":${JSON.stringify(value)}`;
  }
  return text === '' ? undefined : `{${text}}`;
}

/** `k:{"name":"a"}`; an item without its keys gets an empty one, so that it has an owner at all. */
export function keyStep(item: unknown, shape: Keyed): string {
  return `k:${itemKey(item, shape) ?? '{}'}`;
}

/** Why an item cannot be told apart from others; undefined when it can. */
export function unkeyed(item: unknown, shape: Keyed): string | undefined {
  if (item === null) return 'associative list with keys may not have a null element';
  if (typeof item !== 'object' || Array.isArray(item))
    return 'associative list with keys may not have non-map elements';
  if (itemKey(item, shape) !== undefined) return undefined;
  const keys = shape.keys.map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

/** `v:"a"`. */
export function valueStep(item: unknown): string {
  return `v:${JSON.stringify(item)}`;
}
