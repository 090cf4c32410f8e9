/** Reading the store at start: the state of every object, and the history watches may resume from. */
import type { KubeObject } from '../api/object.ts';
import type { Log } from '../base/log.ts';
import type { Catalogue, ResourceInfo } from '../kinds/kind.ts';
import type { Store, StoreRecord } from '../store/store.ts';
import { type ParsedObjects, StoredEntry } from './entry.ts';
import type { Definitions } from './definitions.ts';
import { customResourceDefinitions } from '../api/custom-resource.ts';
import type { History } from './history.ts';
import { parseKey, shelfKey } from './key.ts';
import { objectBytes } from './object-bytes.ts';
import type { ObjectIndex } from './object-index.ts';
import type { Change } from './registry.ts';
import { Slabs } from './slabs.ts';

/** Where loading puts what it reads. */
export interface LoadOptions {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly definitions: Definitions;
  readonly parsed: ParsedObjects;
  readonly index: ObjectIndex;
  readonly history: History;
  readonly log: Log;
  /** Told now and then how many records were read. */
  readonly progress: ((records: number) => void) | undefined;
}

/**
 * Replays the log. Records of resources that no built-in kind stands for wait until the definitions are known; what is
 * nobody's even then is left in the store and named in the log.
 */
export async function loadStore(options: LoadOptions): Promise<void> {
  const infos = storedInfos(options.catalogue);
  const waiting: StoreRecord[] = [];
  const slabs = new Slabs();
  const { compacted } = options.store.head();
  let read = 0;
  for await (const records of options.store.since(0)) {
    for (const record of records) {
      const info = infos.get(parseKey(record.key).shelf);
      const kept = record.value === null ? record : { ...record, value: slabs.keep(record.value) };
      if (info === undefined) waiting.push(kept);
      else replay(options, info, kept, compacted);
    }
    read += records.length;
    options.progress?.(read);
  }
  for (const entry of options.index.entries(customResourceDefinitions, undefined)) {
    options.definitions.put(entry);
  }
  loadCustom(options, waiting, compacted);
}

function storedInfos(catalogue: Catalogue): Map<string, ResourceInfo> {
  return new Map(catalogue.stored().map((info) => [shelfKey(info), info]));
}

function loadCustom(options: LoadOptions, records: readonly StoreRecord[], compacted: number): void {
  const infos = storedInfos(options.catalogue);
  const left = new Map<string, string>();
  for (const record of records) {
    const { shelf } = parseKey(record.key);
    const info = infos.get(shelf);
    if (info !== undefined) replay(options, info, record, compacted);
    else if (record.value !== null) left.set(record.key, shelf);
    else left.delete(record.key);
  }
  for (const shelf of new Set(left.values()))
    options.log.warn({ resource: shelf }, 'the database holds objects of an unknown resource');
}

function replay(options: LoadOptions, info: ResourceInfo, record: StoreRecord, compacted: number): void {
  const { namespace, name } = parseKey(record.key);
  const previous = options.index.get(info.storage, namespace, name);
  const change = toChange(options, info, record, previous);
  if (change === undefined) return;
  options.index.apply(change);
  if (record.revision > compacted) options.history.add(change);
}

function toChange(
  options: LoadOptions,
  info: ResourceInfo,
  record: StoreRecord,
  previous: StoredEntry | undefined,
): Change | undefined {
  const { revision, key } = record;
  if (record.value !== null) {
    const object = JSON.parse(record.value.toString('utf8')) as KubeObject;
    const entry = new StoredEntry({ info, key, revision, bytes: record.value, object, parsed: options.parsed });
    entry.forget();
    return { type: previous === undefined ? 'ADDED' : 'MODIFIED', revision, entry, previous };
  }
  if (previous === undefined) return undefined;
  // a tombstone tells the last state, at the revision of the deletion
  const object = previous.copy<KubeObject>();
  object.metadata.resourceVersion = String(revision);
  const bytes = objectBytes(object);
  const entry = new StoredEntry({ info, key, revision, bytes, object, parsed: options.parsed });
  entry.forget();
  return { type: 'DELETED', revision, entry, previous };
}
