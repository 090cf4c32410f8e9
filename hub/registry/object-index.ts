/** Everything that is committed, in memory: by resource and namespace, by owner, and Pods by node. */
import type { ResourceRef } from '../api/resource.ts';
import { ByResource } from './by-resource.ts';
import type { StoredEntry } from './entry.ts';
import type { Change } from './registry.ts';
import { SortedNames } from './sorted-names.ts';

/** The objects of one resource in one namespace. */
class Shelf {
  readonly entries = new Map<string, StoredEntry>();
  readonly #sorted = new SortedNames();

  put(entry: StoredEntry): void {
    const before = this.entries.size;
    this.entries.set(entry.name, entry);
    if (this.entries.size > before) this.#sorted.add(entry.name);
  }

  remove(name: string): void {
    if (this.entries.delete(name)) this.#sorted.remove();
  }

  /** Names in list order. */
  names(): readonly string[] {
    return this.#sorted.of(this.entries);
  }
}

/** All shelves of one resource. */
class Cabinet {
  readonly shelves = new Map<string, Shelf>();
  readonly #sorted = new SortedNames();
  size = 0;

  shelf(namespace: string): Shelf {
    let shelf = this.shelves.get(namespace);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#sorted.add(namespace);
      this.shelves.set(namespace, shelf);
    }
    return shelf;
  }

  drop(namespace: string): void {
    if (this.shelves.delete(namespace)) this.#sorted.remove();
  }

  namespaces(): readonly string[] {
    return this.#sorted.of(this.shelves);
  }

  *entries(): Iterable<StoredEntry> {
    for (const shelf of this.shelves.values()) yield* shelf.entries.values();
  }
}

const newCabinet = (): Cabinet => new Cabinet();

const empty: ReadonlyMap<string, StoredEntry> = new Map();

/** Puts an entry into a map of maps. */
function link(map: Map<string, Map<string, StoredEntry>>, outer: string, entry: StoredEntry): void {
  const inner = map.get(outer);
  if (inner === undefined) map.set(outer, new Map([[entry.key, entry]]));
  else inner.set(entry.key, entry);
}

/** Takes it out again, leaving no empty inner map behind. */
function unlink(map: Map<string, Map<string, StoredEntry>>, outer: string, entry: StoredEntry): void {
  const inner = map.get(outer);
  inner?.delete(entry.key);
  if (inner?.size === 0) map.delete(outer);
}

/** The index. Changed only by the commit pipeline, after each commit. */
export class ObjectIndex {
  readonly #cabinets = new ByResource<Cabinet>();
  readonly #dependents = new Map<string, Map<string, StoredEntry>>();
  readonly #onNode = new Map<string, Map<string, StoredEntry>>();

  get(ref: ResourceRef, namespace: string, name: string): StoredEntry | undefined {
    return this.#cabinets.get(ref)?.shelves.get(namespace)?.entries.get(name);
  }

  /** Applies one committed change. */
  apply(change: Change): void {
    const entry = change.entry as StoredEntry;
    const previous = change.previous as StoredEntry | undefined;
    if (previous !== undefined) this.#unlinkAll(previous);
    const cabinet = this.#cabinets.of(entry.info.storage, newCabinet);
    if (change.type === 'DELETED') {
      const shelf = cabinet.shelf(entry.namespace);
      shelf.remove(entry.name);
      cabinet.size -= 1;
      if (shelf.entries.size === 0) cabinet.drop(entry.namespace);
      return;
    }
    if (previous === undefined) cabinet.size += 1;
    cabinet.shelf(entry.namespace).put(entry);
    for (const owner of entry.owners ?? []) link(this.#dependents, owner.uid, entry);
    if (entry.node !== undefined) link(this.#onNode, entry.node, entry);
  }

  /** Shelves to read for a list, in order: one namespace, or all. */
  shelves(ref: ResourceRef, namespace: string | undefined): { namespace: string; shelf: Shelf }[] {
    const cabinet = this.#cabinets.get(ref);
    if (cabinet === undefined) return [];
    const names = namespace === undefined ? cabinet.namespaces() : [namespace];
    return names.flatMap((name) => {
      const shelf = cabinet.shelves.get(name);
      return shelf === undefined ? [] : [{ namespace: name, shelf }];
    });
  }

  /** How many objects of a resource there are. */
  count(ref: ResourceRef): number {
    return this.#cabinets.get(ref)?.size ?? 0;
  }

  entries(ref: ResourceRef, namespace: string | undefined): Iterable<StoredEntry> {
    const cabinet = this.#cabinets.get(ref);
    if (cabinet === undefined) return [];
    return namespace === undefined ? cabinet.entries() : (cabinet.shelves.get(namespace)?.entries.values() ?? []);
  }

  dependents(uid: string): ReadonlyMap<string, StoredEntry> {
    return this.#dependents.get(uid) ?? empty;
  }

  onNode(node: string): ReadonlyMap<string, StoredEntry> {
    return this.#onNode.get(node) ?? empty;
  }

  #unlinkAll(entry: StoredEntry): void {
    for (const owner of entry.owners ?? []) unlink(this.#dependents, owner.uid, entry);
    if (entry.node !== undefined) unlink(this.#onNode, entry.node, entry);
  }
}
