/** Strategic merge patch: a merge patch that knows the types, with merge keys and `$` directives. */
import { badRequest } from '../../api/errors.ts';
import type { JsonObject } from '../../api/object.ts';
import type { Field, Schemas, Value } from '../../kinds/schema.ts';
import { badDirective, checkOrder, mergeLists, withoutScalars } from './strategic-list.ts';
import { inOrder, itemKey } from './strategic-order.ts';
import { copyOf, isObject, own, put } from './value.ts';

const retainKeys = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** What is known of one field: how it merges and what is inside. */
interface Meta {
  readonly replace: boolean;
  readonly merge: boolean;
  readonly mergeKey: string | undefined;
  /** Of a map or struct: its own. Of a list: of its items. */
  readonly inner: Value | undefined;
}

const unknownMeta: Meta = { replace: false, merge: false, mergeKey: undefined, inner: undefined };

function metaOf(field: Field | undefined): Meta {
  if (field === undefined) return unknownMeta;
  const strategies = field.patchStrategy ?? [];
  return {
    replace: strategies.includes('replace'),
    merge: strategies.includes('merge'),
    mergeKey: field.mergeKey,
    inner: field.value.is === 'list' ? field.value.item : field.value,
  };
}

class Merger {
  readonly #schemas: Schemas;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  #meta(value: Value | undefined, key: string): Meta {
    if (value?.is === 'object') return metaOf(this.#schemas.get(value.type)?.fields.get(key));
    if (value?.is === 'map') return { ...unknownMeta, inner: value.item };
    return unknownMeta;
  }

  map(original: JsonObject, patch: JsonObject, value: Value | undefined): JsonObject {
    const directive = own(patch, '$patch');
    if (directive !== undefined) return replaced(directive, patch);
    retain(original, patch);
    const done = this.#ordered(original, patch, value);
    for (const [key, part] of Object.entries(patch)) {
      if (key === retainKeys || done.has(key)) continue;
      if (key.startsWith(deletePrefix)) deleteScalars(original, key.slice(deletePrefix.length), part);
      else this.#field(original, key, part, value);
    }
    return original;
  }

  #field(original: JsonObject, key: string, part: unknown, value: Value | undefined): void {
    if (part === null) {
      delete original[key];
      return;
    }
    const current = own(original, key);
    const meta = this.#meta(value, key);
    if (isObject(current) && isObject(part) && !meta.replace) {
      put(original, key, this.map(current, part, meta.inner));
    } else if (Array.isArray(current) && Array.isArray(part) && meta.merge) {
      put(original, key, this.#list(current, part, meta));
    } else put(original, key, copyOf(part, true));
  }

  #list(current: unknown[], part: readonly unknown[], meta: Meta): unknown[] {
    if (!meta.merge) return copyOf(part, true) as unknown[];
    return mergeLists(current, part, meta.mergeKey, (item, patch) => this.map(item, patch, meta.inner));
  }

  /** Lists with `$setElementOrder`; answers the keys that are finished. */
  #ordered(original: JsonObject, patch: JsonObject, value: Value | undefined): Set<string> {
    const done = new Set<string>();
    for (const [directive, order] of Object.entries(patch)) {
      if (!directive.startsWith(orderPrefix)) continue;
      const key = directive.slice(orderPrefix.length);
      done.add(directive).add(key);
      const current = own(original, key);
      const part = own(patch, key);
      if (part === null) {
        delete original[key];
        continue;
      }
      if (!Array.isArray(order) || !isListOrUnset(current) || !isListOrUnset(part)) {
        throw badRequest('invalid patch format of setElementOrder list');
      }
      if (current === undefined && part === undefined) continue;
      const meta = this.#meta(value, key);
      checkOrder(part ?? [], order, meta.mergeKey);
      const items = this.#joined(current, part, meta);
      put(original, key, inOrder({ items, wanted: order, before: current ?? [], keyOf: itemKey(meta.mergeKey) }));
    }
    return done;
  }

  #joined(current: unknown[] | undefined, part: unknown[] | undefined, meta: Meta): unknown[] {
    if (part === undefined) return current ?? [];
    return current === undefined ? (copyOf(part, true) as unknown[]) : this.#list(current, part, meta);
  }
}

function isListOrUnset(value: unknown): value is unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function replaced(directive: unknown, patch: JsonObject): JsonObject {
  if (directive === 'delete') return {};
  if (directive !== 'replace') throw badDirective(directive, patch);
  const { $patch: _, ...rest } = patch;
  return copyOf(rest, true) as JsonObject;
}

/** `$retainKeys`: fields it does not name go; a patch that sets one of them contradicts itself. */
function retain(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const keys = patch[retainKeys];
  const kept = new Set<unknown>(Array.isArray(keys) ? keys : []);
  const uncovered = Object.entries(patch).some(
    ([key, part]) =>
      part !== null &&
      key !== retainKeys &&
      !key.startsWith(deletePrefix) &&
      !key.startsWith(orderPrefix) &&
      !kept.has(key),
  );
  if (!Array.isArray(keys) || uncovered) throw badRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(original)) if (!kept.has(key)) delete original[key];
}

function deleteScalars(original: JsonObject, key: string, gone: unknown): void {
  if (!Array.isArray(gone)) throw badRequest('invalid patch format of primitive list');
  const current = own(original, key);
  if (Array.isArray(current)) put(original, key, withoutScalars(current, gone));
}

/**
 * Merges `patch` into `object` (changed in place: it must be the caller's own), guided by the schema of `type`.
 * `patch` is left alone. Throws what the API server answers: 400 for a patch that contradicts itself, 500 without
 * a reason for directives it does not know.
 */
export function strategicPatch(schemas: Schemas, type: string, object: JsonObject, patch: JsonObject): JsonObject {
  return new Merger(schemas).map(object, patch, { is: 'object', type });
}
