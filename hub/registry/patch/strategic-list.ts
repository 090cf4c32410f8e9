/** Lists in a strategic merge patch: merging by key or by value, `$patch` items, `$setElementOrder` checks. */
import { ApiError, badRequest } from '../../api/errors.ts';
import { goValue } from '../../api/go-json.ts';
import type { JsonObject } from '../../api/object.ts';
import { inOrder, itemKey } from './strategic-order.ts';
import { copyOf, identityOf, isObject, own, sameJson } from './value.ts';

/** Merges a map of the patch into a map of the object, and answers the result. */
export type MergeItem = (original: JsonObject, patch: JsonObject) => JsonObject;

const unknown = (message: string): ApiError => new ApiError('Unknown', message);

/** 500, as the API server answers a directive it does not know. */
export const badDirective = (directive: unknown, map: JsonObject): ApiError =>
  unknown(`unknown patch type: ${goValue(directive)} in map: ${goValue(map)}`);

const noMergeKey = (map: JsonObject, mergeKey: string): ApiError =>
  unknown(`map: ${goValue(map)} does not contain declared merge key: ${mergeKey}`);

function keyValue(item: JsonObject, mergeKey: string): unknown {
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  return item[mergeKey];
}

/** True for a list of maps, false for a list of scalars; throws when the lists mix both or hold lists. */
function holdsMaps(...lists: readonly (readonly unknown[])[]): boolean {
  let maps: boolean | undefined;
  for (const item of lists.flat(1)) {
    if (Array.isArray(item)) throw new ApiError('Invalid', 'lists of lists are not supported', { details: {} });
    const map = isObject(item);
    if (maps !== undefined && maps !== map) throw unknown('list element types are not identical');
    maps = map;
  }
  return maps ?? false;
}

interface Special {
  readonly original: unknown[];
  readonly patch: readonly JsonObject[];
}

/** Does what items with `$patch` say, and answers the rest. */
function special(original: unknown[], patch: readonly JsonObject[], mergeKey: string): Special {
  const plain: JsonObject[] = [];
  const gone = new Set<string>();
  let replace = false;
  for (const item of patch) {
    const directive = own(item, '$patch');
    if (directive === undefined) plain.push(item);
    else if (directive === 'replace') replace = true;
    else if (directive === 'delete') {
      gone.add(identityOf(keyValue(item, mergeKey)));
    } else if (directive === 'merge') throw unknown('merging lists cannot yet be specified in the patch');
    else throw badDirective(directive, item);
  }
  const stays = (one: unknown): boolean => !isObject(one) || !gone.has(identityOf(own(one, mergeKey)));
  const kept = gone.size === 0 ? original : original.filter(stays);
  return replace ? { original: plain.map((item) => copyOf(item)), patch: [] } : { original: kept, patch: plain };
}

function mergeMaps(original: unknown[], patch: readonly JsonObject[], mergeKey: string, merge: MergeItem): unknown[] {
  const rest = special(original, patch, mergeKey);
  const merged = [...rest.original];
  const places = new Map<string, number>();
  const note = (one: unknown, at: number): void => {
    const identity = isObject(one) ? identityOf(own(one, mergeKey)) : undefined;
    if (identity !== undefined && !places.has(identity)) places.set(identity, at);
  };
  merged.forEach(note);
  for (const item of rest.patch) {
    const at = places.get(identityOf(keyValue(item, mergeKey)));
    if (at !== undefined) merged[at] = merge(merged[at] as JsonObject, item);
    else note(item, merged.push(copyOf(item, true)) - 1);
  }
  return inOrder({ items: merged, wanted: rest.patch, before: rest.original, keyOf: itemKey(mergeKey) });
}

/** Merges two lists whose patch strategy is `merge`. `original` is not changed. */
export function mergeLists(
  original: unknown[],
  patch: readonly unknown[],
  mergeKey: string | undefined,
  merge: MergeItem,
): unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (!holdsMaps(original, patch)) {
    const merged = [...new Set([...original, ...patch])];
    return inOrder({ items: merged, wanted: patch, before: original, keyOf: itemKey(undefined) });
  }
  if (mergeKey === undefined) throw unknown('cannot merge lists without merge key');
  return mergeMaps(original, patch as readonly JsonObject[], mergeKey, merge);
}

/** `$deleteFromPrimitiveList`. */
export function withoutScalars(original: unknown[], gone: readonly unknown[]): unknown[] {
  if (holdsMaps(original, gone)) throw badRequest('invalid patch format of primitive list');
  const without = new Set(gone);
  return original.filter((item) => !without.has(item));
}

/** Throws when the patch's own items come in another order than `$setElementOrder` says. */
export function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  const keyOf = itemKey(mergeKey);
  const stays = patch.filter((item) => !isObject(item) || own(item, '$patch') === undefined);
  let next = 0;
  for (const item of order) {
    if (next < stays.length && sameJson(keyOf(stays[next]), keyOf(item))) next++;
  }
  if (next < stays.length) {
    throw unknown(
      `The order in patch list:\n${goValue(patch)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
    );
  }
}
