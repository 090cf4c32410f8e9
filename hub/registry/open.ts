/** Opens the registry over a store: loads what is there and assembles the parts. */
import { hasReason } from '../api/errors.ts';
import type { ResourceRef } from '../api/resource.ts';
import { timestamp } from '../api/object.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { lazyRules } from '../kinds/custom/lazy-rules.ts';
import type { Catalogue, ResourceInfo } from '../kinds/kind.ts';
import type { Schemas } from '../kinds/schema.ts';
import type { Store } from '../store/store.ts';
import { modifyObject, updateObject } from './change.ts';
import { CommitPipeline } from './commit.ts';
import { Definitions } from './definitions.ts';
import { Compactor } from './compactor.ts';
import { createObject } from './create.ts';
import { deleteObject } from './delete.ts';
import { ParsedObjects, type StoredEntry } from './entry.ts';
import { History } from './history.ts';
import { type ListSource, listEntries } from './list.ts';
import { loadStore } from './load.ts';
import { ObjectIndex } from './object-index.ts';
import type { AdmissionPlugin, Change, Entry, Registry } from './registry.ts';
import { type VersionConverter, Versions } from './versions.ts';
import { startWatch } from './watch.ts';
import { Watchers } from './watchers.ts';
import { admissionRequest, admit, type Allocator, infoOf, type WriteContext } from './write-path.ts';

/** What the registry is made of. Plugins and allocators may be added until the first request is served. */
export interface RegistryOptions {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly schemas: Schemas;
  readonly clock: Clock;
  readonly log: Log;
  readonly admission: readonly AdmissionPlugin[];
  readonly allocators: readonly Allocator[];
  readonly newUid: () => string;
  readonly random: () => number;
  /** Who converts between versions of custom resources. */
  readonly converter?: VersionConverter;
  /** How long history is kept, in milliseconds, how many changes of each resource at most, and how many bytes of states. */
  readonly keep?: number;
  readonly keepChanges?: number;
  readonly keepBytes?: number;
  /** How many parsed objects stay in memory at most. */
  readonly parsedObjects?: number;
  /** Told now and then how many records of the store were read. */
  readonly progress?: (records: number) => void;
}

/** The registry and the end of its life. The store is not closed. */
export type OpenRegistry = Registry & { close(): void };

/** Loads the store and answers the registry. Throws StoreError when the store cannot be read. */
export async function openRegistry(options: RegistryOptions): Promise<OpenRegistry> {
  const { store, catalogue, clock, log } = options;
  const index = new ObjectIndex();
  const parsed = new ParsedObjects(options.parsedObjects ?? 4096);
  const history = new History({
    limit: options.keepChanges ?? 10_000,
    bytes: options.keepBytes ?? 32 * 2 ** 20,
    floor: store.head().compacted,
  });
  const definitions = new Definitions({ catalogue, makeRules: lazyRules });
  await loadStore({ store, catalogue, definitions, parsed, index, history, log, progress: options.progress });
  const watchers = new Watchers({ log });
  const compactor = new Compactor({
    clock,
    log,
    keep: options.keep ?? 5 * 60_000,
    head: () => pipeline.head,
    compact: async (revision) => {
      history.compact(revision);
      await store.compact(revision);
    },
  });
  const announce = (changes: readonly Change[]): void => {
    for (const change of changes) {
      index.apply(change);
      history.add(change);
      definitions.apply(change);
    }
    compactor.wake();
    watchers.announce(changes);
    for (const { type, entry, previous } of changes) (entry as StoredEntry).settle(type, previous);
  };
  const pipeline = new CommitPipeline({
    store,
    log,
    head: store.head().revision,
    committed: index.get.bind(index),
    announce,
  });
  const versions = new Versions({ catalogue, converter: options.converter });
  const context: WriteContext = {
    catalogue,
    versions,
    schemas: options.schemas,
    pipeline,
    admission: options.admission,
    allocators: options.allocators,
    parsed,
    clock,
    timestamp: timestamps(clock),
    newUid: options.newUid,
    random: options.random,
  };
  return assemble({ context, index, history, watchers, compactor });
}

/** Timestamps, worked out once a second: every write needs one. */
function timestamps(clock: Clock): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) {
      second = now;
      text = timestamp(now * 1000);
    }
    return text;
  };
}

interface Parts {
  context: WriteContext;
  index: ObjectIndex;
  history: History;
  watchers: Watchers;
  compactor: Compactor;
}

function assemble(parts: Parts): OpenRegistry {
  const { context, index, history, watchers, compactor } = parts;
  const { catalogue, pipeline, versions } = context;
  const served: Registry['served'] = (info, entry) => versions.served(info, entry);
  const storage = storageOf(catalogue);
  const source = (): ListSource => ({
    index,
    history,
    head: pipeline.head,
    served,
  });
  const registry: OpenRegistry = {
    catalogue,
    head: () => ({ revision: pipeline.head, compacted: history.floor }),
    get: (ref, namespace, name) => index.get(storage(ref), namespace, name),
    list: (ref, options = {}) => listEntries(source(), infoOf(catalogue, ref), options),
    entries: (ref, namespace) => index.entries(storage(ref), namespace),
    count: (ref) => index.count(storage(ref)),
    dependents: (uid) => [...index.dependents(uid).values()],
    podsOnNode: (node) => [...index.onNode(node).values()],
    watch: (ref, options, sink) => startWatch({ ...source(), catalogue, watchers }, ref, options, sink),
    subscribe: (ref, listener) => watchers.listen(ref === undefined ? undefined : storage(ref), listener),
    served,
    ready: (info, entries) => versions.ready(info, entries),
    create: (ref, namespace, object, options) => createObject(context, ref, namespace, object, options),
    update: (ref, namespace, name, object, options) => updateObject(context, ref, namespace, name, object, options),
    modify: (ref, namespace, name, mutate, options) => modifyObject(context, ref, namespace, name, mutate, options),
    delete: (ref, namespace, name, options) => deleteObject(context, ref, namespace, name, options),
    deleteCollection: (ref, options) => deleteCollection(registry, ref, options),
    connect: (...about) => ask(context, 'CONNECT', ...about),
    review: (...about) => ask(context, 'CREATE', ...about),
    close: () => compactor.stop(),
  };
  return registry;
}

/**
 * Where objects of a reference are stored. References are constants and rows of the catalogue: rows say it themselves, of the
 * others it is remembered. Versions of a custom resource come and go, but not its group and name, which is what counts.
 */
function storageOf(catalogue: Catalogue): (ref: ResourceRef | ResourceInfo) => ResourceRef {
  const known = new WeakMap<ResourceRef, ResourceRef>();
  return (ref) => {
    if ('storage' in ref) return ref.storage;
    let stored = known.get(ref);
    if (stored === undefined) {
      stored = catalogue.locate(ref.group, ref.version, ref.resource)?.storage ?? ref;
      known.set(ref, stored);
    }
    return stored;
  };
}

/** Asks admission about something that is not written. */
async function ask(
  context: WriteContext,
  operation: 'CONNECT' | 'CREATE',
  ...[ref, namespace, name, object, options]: Parameters<Registry['connect']>
): Promise<void> {
  const subject = { namespace, name, object, old: undefined };
  await admit(context, admissionRequest(operation, infoOf(context.catalogue, ref), subject, options), () => {});
}

async function deleteCollection(
  registry: Registry,
  ref: ResourceRef,
  options: Parameters<Registry['deleteCollection']>[1],
): Promise<readonly Entry[]> {
  const { selection, ...rest } = options;
  const { entries } = registry.list(ref, selection);
  const results = await Promise.allSettled(
    entries.map((entry) => registry.delete(ref, entry.namespace, entry.name, rest)),
  );
  for (const result of results) {
    // somebody else was faster: that is what was wanted
    if (result.status === 'rejected' && !hasReason(result.reason, 'NotFound')) throw result.reason;
  }
  return entries;
}
