/** Who owns which field after a create, update or patch. */
import type { KubeObject, ManagedFieldsEntry } from '../../api/object.ts';
import { compareObjects, type Comparison } from './compare.ts';
import { capped, entriesToStartFrom, entryOf, isOf, setOf, sorted, withSet, type Writer } from './entries.ts';
import { difference, type FieldSet, union } from './field-set.ts';
import { shapeOfKind, type ShapeSource } from './shape-of-kind.ts';
import { newObjectSet } from './whole.ts';

/** One write. */
export interface TrackedWrite extends ShapeSource {
  /** The stored object, with its managedFields; undefined for a create. */
  readonly before: KubeObject | undefined;
  /** The object to store, with the managedFields the client sent. It is not changed. */
  readonly after: KubeObject;
  readonly manager: string;
  readonly apiVersion: string;
  /** Empty for the main resource. */
  readonly subresource: string;
  /** RFC 3339 with whole seconds. */
  readonly time: string;
}

/** Writes that own nothing: API, they are the server's own changes. */
const untracked: ReadonlySet<string> = new Set(['binding', 'eviction']);

/** The part of an object that a write to this subresource cannot change. */
export function ignoredPart(subresource: string): string | undefined {
  if (subresource === '') return 'status';
  return subresource === 'status' ? 'spec' : undefined;
}

/** The entry of `write` for a new object. */
function firstEntries(write: TrackedWrite, writer: Writer): ManagedFieldsEntry[] | undefined {
  const shape = shapeOfKind(write);
  const set = newObjectSet(write.after, shape, ignoredPart(write.subresource));
  return set === undefined ? undefined : [entryOf(writer, set, write.time)];
}

/** Takes what changed and what is gone away from an entry; undefined when nothing is left. */
export function without(entry: ManagedFieldsEntry, { changed, removed }: Comparison): ManagedFieldsEntry | undefined {
  let set: FieldSet | undefined = setOf(entry);
  if (changed !== undefined) set = difference(set, changed);
  if (set !== undefined && removed !== undefined) set = difference(set, removed);
  return set === undefined ? undefined : withSet(entry, set);
}

function ownEntry(
  mine: ManagedFieldsEntry | undefined,
  writer: Writer,
  { changed, removed }: Comparison,
  time: string,
): ManagedFieldsEntry | undefined {
  if (changed === undefined) return mine === undefined ? undefined : without(mine, { changed, removed });
  if (mine === undefined) return entryOf(writer, changed, time);
  const left = removed === undefined ? setOf(mine) : (difference(setOf(mine), removed) ?? {});
  const set = union(left, changed);
  if (mine.time === time && set === setOf(mine)) return mine;
  return { ...mine, time, fieldsV1: set as ManagedFieldsEntry['fieldsV1'] };
}

/**
 * The managedFields of the object to store, undefined when there are none. Entries that stay as they are are shared
 * with the object they come from. API: an object nobody tracks stays untracked until the first apply.
 */
export function trackUpdate(write: TrackedWrite): ManagedFieldsEntry[] | undefined {
  const { before, after, subresource } = write;
  const writer: Writer = { manager: write.manager, operation: 'Update', apiVersion: write.apiVersion, subresource };
  if (before === undefined) return firstEntries(write, writer);
  const entries = entriesToStartFrom(after.metadata.managedFields, before.metadata.managedFields);
  if (entries.length === 0) return undefined;
  if (untracked.has(subresource)) return entries as ManagedFieldsEntry[];
  const shape = shapeOfKind(write);
  const comparison = compareObjects(before, after, shape, ignoredPart(subresource));
  if (comparison.changed === undefined && comparison.removed === undefined) return entries as ManagedFieldsEntry[];
  const result: ManagedFieldsEntry[] = [];
  let mine: ManagedFieldsEntry | undefined;
  for (const entry of entries) {
    if (isOf(entry, writer)) mine = entry;
    else {
      const left = without(entry, comparison);
      if (left !== undefined) result.push(left);
    }
  }
  const own = ownEntry(mine, writer, comparison, write.time);
  if (own !== undefined) result.push(own);
  return result.length === 0 ? undefined : sorted(capped(result));
}
