/** JSON values as patches handle them: what is an object, copies, and keys that must never reach a prototype. */
import type { JsonObject } from '../../api/object.ts';

/** True for a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Sets an own field, `__proto__` too. */
export function put(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else object[key] = value;
}

/** An own field. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A deep copy of a JSON value. With `prune`, fields that are null are left out (of objects in lists too). */
export function copyOf(value: unknown, prune = false): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => copyOf(item, prune));
  const copy: JsonObject = {};
  for (const [key, part] of Object.entries(value)) {
    if (!prune || part !== null) put(copy, key, copyOf(part, prune));
  }
  return copy;
}

/** Structural equality of JSON values; the order of keys means nothing. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, at) => sameJson(item, b[at]));
  }
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(own(a as JsonObject, key), own(b as JsonObject, key)));
}

/** A text that two JSON values share exactly when `sameJson` says they are the same. */
export function identityOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? `"${value}` : String(value);
  return JSON.stringify(value, (_key, part: unknown) => (isObject(part) ? sortedFields(part) : part));
}

function sortedFields(object: JsonObject): JsonObject {
  const sorted: JsonObject = {};
  for (const key of Object.keys(object).sort()) put(sorted, key, object[key]);
  return sorted;
}
