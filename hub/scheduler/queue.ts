/** Pods that wait for a node: by priority, and among equals in the order they came. */
import { Fifo } from '../base/fifo.ts';

/** A queue of keys. A key is in it at most once; adding it again with another priority moves it. */
export class SchedulingQueue {
  readonly #lanes = new Map<number, Fifo<string>>();
  /** Where each key waits. A key in a lane that is not the one named here is stale and skipped. */
  readonly #where = new Map<string, number>();
  #priorities: number[] = [];

  get size(): number {
    return this.#where.size;
  }

  add(key: string, priority: number): void {
    if (this.#where.get(key) === priority) return;
    this.#where.set(key, priority);
    let lane = this.#lanes.get(priority);
    if (lane === undefined) {
      lane = new Fifo();
      this.#lanes.set(priority, lane);
      this.#priorities = [...this.#lanes.keys()].sort((a, b) => b - a);
    }
    lane.push(key);
  }

  remove(key: string): void {
    this.#where.delete(key);
  }

  /** The key whose turn it is, taken out. */
  pop(): string | undefined {
    for (const priority of this.#priorities) {
      const key = this.#take(priority);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  #take(priority: number): string | undefined {
    const lane = this.#lanes.get(priority);
    if (lane === undefined) return undefined;
    for (let key = lane.take(); key !== undefined; key = lane.take()) {
      if (this.#where.get(key) !== priority) continue;
      this.#where.delete(key);
      return key;
    }
    this.#lanes.delete(priority);
    this.#priorities = this.#priorities.filter((one) => one !== priority);
    return undefined;
  }
}
