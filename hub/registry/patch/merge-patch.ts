/** JSON merge patch (RFC 7386). */
import type { JsonObject } from '../../api/object.ts';
import { copyOf, isObject, own, put } from './value.ts';

/** Merges `patch` into `object`, in place; `patch` is left alone and shares nothing with the result. */
export function mergePatch(object: JsonObject, patch: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete object[key];
      continue;
    }
    const current = own(object, key);
    if (isObject(value) && isObject(current)) mergePatch(current, value);
    else put(object, key, copyOf(value, true));
  }
  return object;
}
