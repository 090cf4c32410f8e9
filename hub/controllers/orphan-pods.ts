/** Pods that no controller owns, by namespace: whom a new controller may adopt. Most Pods are owned, so this stays small. */
import { pods } from '../api/resource.ts';
import type { LabelMatcher } from '../api/selector.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Change, Entry, Registry } from '../registry/registry.ts';
import { podFactsOf } from './pod-facts.ts';

/** The index; a part that must start before the controllers. */
export class OrphanPods implements Part {
  readonly name = 'orphan pods';
  readonly #registry: Registry;
  readonly #names = new Map<string, Set<string>>();
  #end: (() => void) | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  start(): void {
    this.#end = this.#registry.subscribe(pods, (change) => this.#changed(change));
    for (const entry of this.#registry.entries(pods)) this.#see(entry);
  }

  stop(): void {
    this.#end?.();
    this.#names.clear();
  }

  /** Orphans of a namespace with labels that match. */
  matching(namespace: string, labels: LabelMatcher): Entry[] {
    const found: Entry[] = [];
    for (const name of this.#names.get(namespace) ?? []) {
      const entry = this.#registry.get(pods, namespace, name);
      if (entry !== undefined && labels.matches(entry.labels)) found.push(entry);
    }
    return found;
  }

  #changed(change: Change): void {
    if (change.type === 'DELETED') this.#remove(change.entry);
    else this.#see(change.entry);
  }

  #see(entry: Entry): void {
    if (podFactsOf(entry).controller !== undefined) {
      this.#remove(entry);
      return;
    }
    const names = this.#names.get(entry.namespace);
    if (names === undefined) this.#names.set(entry.namespace, new Set([entry.name]));
    else names.add(entry.name);
  }

  #remove(entry: Entry): void {
    const names = this.#names.get(entry.namespace);
    names?.delete(entry.name);
    if (names?.size === 0) this.#names.delete(entry.namespace);
  }
}
