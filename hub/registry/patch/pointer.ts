/** JSON pointers (RFC 6901) into objects and lists, as JSON patches use them. */
import type { JsonObject } from '../../api/object.ts';
import { isObject, own, put } from './value.ts';

/** A step of a patch that cannot be done: the object stays as it was. */
export class PatchFailure extends Error {}

/** Something with parts. */
export type Container = JsonObject | unknown[];

/** `a` of `/x/a`, unescaped, and the container it is in; undefined when there is none. */
export interface Place {
  readonly container: Container;
  readonly key: string;
}

/** The parts of a pointer, unescaped; undefined when it does not begin with a slash. */
export function pointerParts(pointer: string): string[] | undefined {
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A list position: API, negative ones count from the end. `length` is the number of positions there are. */
function position(key: string, length: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw new PatchFailure(`not a list index: ${key}`);
  const index = Number(key);
  if (index >= length || index < -length) throw new PatchFailure(`unable to access invalid index: ${key}`);
  return index < 0 ? index + length : index;
}

/** The value at `key`; undefined when an object has no such field. */
export function valueIn(container: Container, key: string): unknown {
  return Array.isArray(container) ? container[position(key, container.length)] : own(container, key);
}

/** Finds where a pointer leads; throws PatchFailure when something on the way is missing. */
export function placeOf(root: unknown, pointer: string): Place {
  const parts = pointerParts(pointer);
  const key = parts?.pop();
  let here: unknown = root;
  for (const part of parts ?? []) {
    if (!isObject(here) && !Array.isArray(here)) break;
    here = valueIn(here, part);
  }
  if (key === undefined || (!isObject(here) && !Array.isArray(here))) {
    throw new PatchFailure(`doc is missing path: ${pointer}`);
  }
  return { container: here, key };
}

/** RFC 6902 add: inserts into a list (`-` appends), sets a field. */
export function insertAt({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) put(container, key, value);
  else if (key === '-') container.push(value);
  else container.splice(position(key, container.length + 1), 0, value);
}

/** RFC 6902 replace; the API sets a field that is missing. */
export function replaceAt({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container)) container[position(key, container.length)] = value;
  else put(container, key, value);
}

/** RFC 6902 remove. */
export function removeAt({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(position(key, container.length), 1);
  else if (!Object.hasOwn(container, key)) throw new PatchFailure(`unable to remove nonexistent key: ${key}`);
  else delete container[key];
}
