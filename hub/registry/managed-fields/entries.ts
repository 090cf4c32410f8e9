/** Entries of metadata.managedFields: who they are, which of them hold, and the order they are written in. */
import type { ManagedFieldsEntry } from '../../api/object.ts';
import { type FieldSet, union } from './field-set.ts';

/** API: more managers of updates than this share one entry of this name. */
const maxUpdateManagers = 10;
const ancientManager = 'ancient-changes';

/** The fields an entry names. */
export function setOf(entry: ManagedFieldsEntry): FieldSet {
  return entry.fieldsV1 as FieldSet;
}

/** The entry with other fields. */
export function withSet(entry: ManagedFieldsEntry, set: FieldSet): ManagedFieldsEntry {
  return setOf(entry) === set ? entry : { ...entry, fieldsV1: set as ManagedFieldsEntry['fieldsV1'] };
}

/** Who writes and in which way: with the fields left out, what tells entries apart. */
export interface Writer {
  readonly manager: string;
  readonly operation: ManagedFieldsEntry['operation'];
  readonly apiVersion: string;
  readonly subresource: string;
}

/** True for the entry of this writer. API: the version of an applier does not tell it apart. */
export function isOf(entry: ManagedFieldsEntry, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    (entry.subresource ?? '') === writer.subresource &&
    (writer.operation === 'Apply' || entry.apiVersion === writer.apiVersion)
  );
}

/** A new entry. */
export function entryOf(writer: Writer, set: FieldSet, time: string | undefined): ManagedFieldsEntry {
  return {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: writer.apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: set as ManagedFieldsEntry['fieldsV1'],
    ...(writer.subresource === '' ? {} : { subresource: writer.subresource }),
  };
}

function holds(entry: ManagedFieldsEntry): boolean {
  return (
    (entry.operation === 'Apply' || entry.operation === 'Update') &&
    entry.fieldsType === 'FieldsV1' &&
    entry.fieldsV1 !== null &&
    typeof entry.fieldsV1 === 'object'
  );
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 1 && entries[0] !== undefined && Object.keys(entries[0]).length === 0;
}

const noEntries: readonly ManagedFieldsEntry[] = [];

/**
 * The entries a write starts from: those the client sent, when they can be read, else those that are stored.
 * API: a list of one empty entry forgets all of them.
 */
export function entriesToStartFrom(
  sent: readonly ManagedFieldsEntry[] | undefined,
  stored: readonly ManagedFieldsEntry[] | undefined,
): readonly ManagedFieldsEntry[] {
  if (Array.isArray(sent) && sent.length > 0) {
    if (isReset(sent)) return noEntries;
    if (sent.every(holds)) return sent;
  }
  return stored ?? noEntries;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function inOrder(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    byText(a.operation, b.operation) ||
    byText(a.time ?? '', b.time ?? '') ||
    byText(a.manager, b.manager) ||
    byText(a.apiVersion, b.apiVersion) ||
    byText(a.subresource ?? '', b.subresource ?? '')
  );
}

/** Entries as they are written: appliers first, then by time and name. */
export function sorted(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return entries.length < 2 ? entries : entries.sort(inOrder);
}

/** Joins the oldest updates of each version into one entry, until there are few enough. */
export function capped(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  if (entries.length <= maxUpdateManagers) return entries;
  const updates = entries.filter((entry) => entry.operation === 'Update').sort(inOrder);
  let left = updates.length;
  const gone = new Set<ManagedFieldsEntry>();
  const first = new Map<string, ManagedFieldsEntry>();
  const joined = new Map<string, ManagedFieldsEntry>();
  for (const entry of updates) {
    if (left <= maxUpdateManagers) break;
    const version = entry.apiVersion;
    const oldest = first.get(version);
    if (oldest === undefined) {
      first.set(version, entry);
      continue;
    }
    const writer: Writer = { manager: ancientManager, operation: 'Update', apiVersion: version, subresource: '' };
    const before = setOf(joined.get(version) ?? oldest);
    joined.set(version, entryOf(writer, union(before, setOf(entry)), entry.time));
    gone.add(oldest).add(entry);
    left--;
  }
  return [...entries.filter((entry) => !gone.has(entry)), ...joined.values()];
}
