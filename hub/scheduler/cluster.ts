/** The scheduler's own accounts: every node's room, and which Pod takes how much of which. Kept from changes, never recounted. */
import type { Node } from '../api/node.ts';
import type { PodSpec } from '../api/pod.ts';
import { type Load, NodeRoom } from './node-room.ts';

/** A Pod with a node, bound or about to be. */
export interface Placed {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly room: NodeRoom;
  readonly load: Load;
  readonly priority: number;
  /** Its own demands on neighbours; most Pods have none. */
  readonly affinity: PodSpec['affinity'] | undefined;
  /** Its claims, as `namespace/name`; most Pods have none. */
  readonly claims?: readonly string[] | undefined;
}

/** Told of every Pod that gets or loses a place. */
export type PlacementListener = (placed: Placed, times: 1 | -1) => void;

/** All rooms and placements. */
export class Cluster {
  readonly #rooms = new Map<string, NodeRoom>();
  readonly #present: NodeRoom[] = [];
  readonly #placed = new Map<string, Placed>();
  readonly #onNode = new Map<NodeRoom, Set<Placed>>();
  /** How many Pods of each priority have a place. */
  readonly #priorities = new Map<number, number>();
  readonly #listeners = new Set<PlacementListener>();
  #slots = 0;
  /** Grows when a Pod that found no node might find one now. */
  freed = 0;

  /** The nodes there are. Do not keep: the array changes in place. */
  get nodes(): readonly NodeRoom[] {
    return this.#present;
  }

  placements(): Iterable<Placed> {
    return this.#placed.values();
  }

  placement(uid: string): Placed | undefined {
    return this.#placed.get(uid);
  }

  /** A node that is there. */
  node(name: string): NodeRoom | undefined {
    const room = this.#rooms.get(name);
    return room?.present === true ? room : undefined;
  }

  /** Takes over a new, changed or (undefined) deleted Node. */
  setNode(name: string, node: Node | undefined): void {
    const room = this.#room(name);
    const was = room.present;
    room.set(node);
    this.freed++;
    if (room.present && !was) this.#present.push(room);
    if (!room.present && was) this.#present.splice(this.#present.indexOf(room), 1);
    this.#drop(room);
  }

  /** Puts a Pod on a node, moving it when it was elsewhere. */
  place(pod: Omit<Placed, 'room'>, node: string): void {
    const before = this.#placed.get(pod.uid);
    if (before?.room.name === node && before.load === pod.load && sameLabels(before.labels, pod.labels)) return;
    this.remove(pod.uid);
    const room = this.#room(node);
    const { uid, namespace, name, labels, load, priority, affinity, claims } = pod;
    const placed: Placed = { uid, namespace, name, labels, room, load, priority, affinity, claims };
    this.#placed.set(uid, placed);
    const there = this.#onNode.get(room);
    if (there === undefined) this.#onNode.set(room, new Set([placed]));
    else there.add(placed);
    this.#priorities.set(priority, (this.#priorities.get(priority) ?? 0) + 1);
    this.restore(placed);
  }

  /** Takes a Pod off its node; false when it had none. */
  remove(uid: string): boolean {
    const placed = this.#placed.get(uid);
    if (placed === undefined) return false;
    this.#placed.delete(uid);
    const there = this.#onNode.get(placed.room);
    there?.delete(placed);
    if (there?.size === 0) this.#onNode.delete(placed.room);
    const same = (this.#priorities.get(placed.priority) ?? 0) - 1;
    if (same > 0) this.#priorities.set(placed.priority, same);
    else this.#priorities.delete(placed.priority);
    this.lift(placed);
    this.freed++;
    this.#drop(placed.room);
    return true;
  }

  /** Pods on a node. */
  on(room: NodeRoom): Iterable<Placed> {
    return this.#onNode.get(room) ?? [];
  }

  /** True when a Pod of lower priority has a place anywhere. */
  hasBelow(priority: number): boolean {
    for (const one of this.#priorities.keys()) if (one < priority) return true;
    return false;
  }

  /** For a trial: the accounts as if the Pod were not there. Must be followed by `restore`. */
  lift(placed: Placed): void {
    placed.room.free(placed.load);
    for (const listener of this.#listeners) listener(placed, -1);
  }

  /** The end of a trial. */
  restore(placed: Placed): void {
    placed.room.take(placed.load);
    for (const listener of this.#listeners) listener(placed, 1);
  }

  /** Calls `listener` with every placement from now on; the answer ends that. */
  listen(listener: PlacementListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #room(name: string): NodeRoom {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = new NodeRoom(name, this.#slots++);
      this.#rooms.set(name, room);
    }
    return room;
  }

  #drop(room: NodeRoom): void {
    if (!room.present && room.podCount === 0) this.#rooms.delete(room.name);
  }
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
