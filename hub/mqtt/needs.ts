/** Which connected node needs which ConfigMap, Secret or RuntimeClass: counted both ways, kept as Pods come and go. */
import type { ObjectKey } from '../api/link.ts';

/** Counts of references by node, and nodes by reference. A node that is not connected has no entry. */
export class Needs {
  readonly #byNode = new Map<string, Map<ObjectKey, number>>();
  readonly #byKey = new Map<ObjectKey, Set<string>>();

  /** One more Pod of `node` names `key`; true when it is the first. */
  add(node: string, key: ObjectKey): boolean {
    const counts = this.#byNode.get(node) ?? new Map<ObjectKey, number>();
    this.#byNode.set(node, counts);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    if (count > 0) return false;
    const nodes = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, nodes);
    nodes.add(node);
    return true;
  }

  /** One Pod of `node` less names `key`; true when it was the last. */
  remove(node: string, key: ObjectKey): boolean {
    const counts = this.#byNode.get(node);
    const count = counts?.get(key) ?? 0;
    if (count === 0) return false;
    if (count > 1) {
      counts?.set(key, count - 1);
      return false;
    }
    counts?.delete(key);
    this.#forget(node, key);
    return true;
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

  #forget(node: string, key: ObjectKey): void {
    const nodes = this.#byKey.get(key);
    nodes?.delete(node);
    if (nodes?.size === 0) this.#byKey.delete(key);
  }
}
