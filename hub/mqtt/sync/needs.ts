/** Which connected node needs which ConfigMap, Secret, claim or volume: counted both ways, kept as Pods come and go. */
import type { ObjectKey } from '../../api/link.ts';

/** One node and something it needs, or needs no longer. */
export interface Need {
  readonly node: string;
  readonly key: ObjectKey;
}

/**
 * Counts of references by node, and nodes by reference.
 *
 * INVARIANTS: a node that is not connected has no entry; what stands behind a needed key (the volume behind a claim) is
 * counted once for each node that needs the key, as it was when it was last looked at.
 */
export class Needs {
  readonly #byNode = new Map<string, Map<ObjectKey, number>>();
  readonly #byKey = new Map<ObjectKey, Set<string>>();
  readonly #behind = new Map<ObjectKey, ObjectKey>();
  readonly #follow: (key: ObjectKey) => ObjectKey | undefined;

  /** `follow` says what stands behind a key now. */
  constructor(follow: (key: ObjectKey) => ObjectKey | undefined = () => undefined) {
    this.#follow = follow;
  }

  /** One more reference of `node` to `key`; answers what the node needs that it did not. */
  add(node: string, key: ObjectKey): readonly ObjectKey[] {
    const counts = this.#byNode.get(node) ?? new Map<ObjectKey, number>();
    this.#byNode.set(node, counts);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    if (count > 0) return [];
    const nodes = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, nodes);
    if (nodes.size === 0) this.#look(key);
    nodes.add(node);
    const behind = this.#behind.get(key);
    return behind === undefined ? [key] : [key, ...this.add(node, behind)];
  }

  /** One reference of `node` to `key` less; answers what the node needs no longer. */
  remove(node: string, key: ObjectKey): readonly ObjectKey[] {
    const counts = this.#byNode.get(node);
    const count = counts?.get(key) ?? 0;
    if (count === 0) return [];
    if (count > 1) {
      counts?.set(key, count - 1);
      return [];
    }
    counts?.delete(key);
    const behind = this.#behind.get(key);
    this.#forget(node, key);
    return behind === undefined ? [key] : [key, ...this.remove(node, behind)];
  }

  /** Looks again at what stands behind `key`; answers what became needed, or ceased to be. */
  refresh(key: ObjectKey): readonly Need[] {
    const nodes = this.#byKey.get(key);
    if (nodes === undefined) return [];
    const before = this.#behind.get(key);
    const now = this.#look(key);
    if (before === now) return [];
    return [...nodes].flatMap((node) => [
      ...(now === undefined ? [] : this.add(node, now)).map((one) => ({ node, key: one })),
      ...(before === undefined ? [] : this.remove(node, before)).map((one) => ({ node, key: one })),
    ]);
  }

  /** Forgets a node. */
  drop(node: string): void {
    for (const key of this.#byNode.get(node)?.keys() ?? []) this.#forget(node, key);
    this.#byNode.delete(node);
  }

  has(node: string, key: ObjectKey): boolean {
    return this.#byNode.get(node)?.has(key) === true;
  }

  /** Everything `node` needs. */
  keys(node: string): Iterable<ObjectKey> {
    return this.#byNode.get(node)?.keys() ?? [];
  }

  /** The connected nodes that need `key`. */
  nodes(key: ObjectKey): Iterable<string> {
    return this.#byKey.get(key) ?? [];
  }

  #look(key: ObjectKey): ObjectKey | undefined {
    const behind = this.#follow(key);
    if (behind === undefined) this.#behind.delete(key);
    else this.#behind.set(key, behind);
    return behind;
  }

  #forget(node: string, key: ObjectKey): void {
    const nodes = this.#byKey.get(key);
    nodes?.delete(node);
    if (nodes?.size !== 0) return;
    this.#byKey.delete(key);
    this.#behind.delete(key);
  }
}
