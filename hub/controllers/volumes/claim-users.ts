/** Which Pods name which claim: kept as Pods come and go. */
import type { Pod } from '../../api/pod.ts';
import { podReferences } from '../../api/pod-references.ts';
import { pods } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Change, Entry, Registry } from '../../registry/registry.ts';
import { podFactsOf } from '../pod-facts.ts';

/** The claims a Pod names, as `namespace/name`. */
export function claimsNamedBy(entry: Entry): string[] {
  if (!podFactsOf(entry).hasClaims) return [];
  return [...podReferences(entry.object<Pod>()).claims].map((name) => `${entry.namespace}/${name}`);
}

/** The index; a part that must start before the controllers. */
export class ClaimUsers implements Part {
  readonly name = 'claim users';
  readonly #registry: Registry;
  readonly #users = new Map<string, Set<string>>();
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
    this.#users.clear();
  }

  /** Pods that name the claim `namespace/name`. */
  *of(claim: string): Iterable<Entry> {
    const namespace = claim.slice(0, claim.indexOf('/'));
    for (const name of this.#users.get(claim) ?? []) {
      const entry = this.#registry.get(pods, namespace, name);
      if (entry !== undefined) yield entry;
    }
  }

  /** API: the volumes of a Pod never change. */
  #changed({ type, entry }: Change): void {
    if (type === 'ADDED') this.#see(entry);
    if (type !== 'DELETED') return;
    for (const claim of claimsNamedBy(entry)) {
      const names = this.#users.get(claim);
      names?.delete(entry.name);
      if (names?.size === 0) this.#users.delete(claim);
    }
  }

  #see(entry: Entry): void {
    for (const claim of claimsNamedBy(entry)) {
      const names = this.#users.get(claim);
      if (names === undefined) this.#users.set(claim, new Set([entry.name]));
      else names.add(entry.name);
    }
  }
}
