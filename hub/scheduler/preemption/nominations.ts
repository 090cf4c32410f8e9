/** Places promised to Pods that wait there for others to leave: nobody of lower rank may take them. */
import { filterByRoom, type Refusal } from '../filter.ts';
import type { Load, NodeRoom } from '../node-room.ts';

/** A promise. `key`: namespace/name of the Pod. */
export interface Nomination {
  readonly uid: string;
  readonly key: string;
  readonly node: string;
  readonly load: Load;
  readonly priority: number;
}

/** All promises. Few at any time: only those of Pods that made others go. */
export class Nominations {
  readonly #byUid = new Map<string, Nomination>();
  readonly #byNode = new Map<string, Set<Nomination>>();

  of(uid: string): Nomination | undefined {
    return this.#byUid.get(uid);
  }

  on(node: string): Iterable<Nomination> {
    return this.#byNode.get(node) ?? [];
  }

  set(nomination: Nomination): void {
    this.delete(nomination.uid);
    this.#byUid.set(nomination.uid, nomination);
    const there = this.#byNode.get(nomination.node);
    if (there === undefined) this.#byNode.set(nomination.node, new Set([nomination]));
    else there.add(nomination);
  }

  /** Takes a promise back; it is answered. */
  delete(uid: string): Nomination | undefined {
    const nomination = this.#byUid.get(uid);
    if (nomination === undefined) return undefined;
    this.#byUid.delete(uid);
    const there = this.#byNode.get(nomination.node);
    there?.delete(nomination);
    if (there?.size === 0) this.#byNode.delete(nomination.node);
    return nomination;
  }

  /** Why a Pod may not go where it would fit: others of its rank or above were promised the room. */
  refuse(
    pod: { readonly uid: string; readonly priority: number; readonly load: Load },
    node: NodeRoom,
  ): Refusal | undefined {
    const there = this.#byNode.get(node.name);
    if (there === undefined) return undefined;
    const before = [...there].filter((one) => one.uid !== pod.uid && one.priority >= pod.priority);
    for (const { load } of before) node.take(load);
    const refusal = filterByRoom(pod.load, node);
    for (const { load } of before) node.free(load);
    return refusal;
  }
}
