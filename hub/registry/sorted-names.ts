/** Names in byte order, for lists: kept lazily, so that bulk writes cost nothing until somebody lists. */

/** Compares as the store's keys compare. Names are ASCII, so UTF-16 order is byte order. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A sorted view on the keys of a Map that others change. */
export class SortedNames {
  #sorted: string[] | undefined;
  #added: string[] = [];
  #removed = 0;

  /** A name that was not there has come. */
  add(name: string): void {
    if (this.#sorted !== undefined) this.#added.push(name);
  }

  /** A name has gone. */
  remove(): void {
    if (this.#sorted !== undefined) this.#removed += 1;
  }

  /** The sorted names of `present`; the answer must not be changed and holds until the next change. */
  of(present: ReadonlyMap<string, unknown>): readonly string[] {
    if (this.#sorted === undefined) this.#sorted = [...present.keys()].sort(byName);
    else if (this.#added.length > 0 || this.#removed > 0) this.#sorted = this.#merged(this.#sorted, present);
    this.#added = [];
    this.#removed = 0;
    return this.#sorted;
  }

  #merged(old: readonly string[], present: ReadonlyMap<string, unknown>): string[] {
    const added = this.#added.sort(byName);
    const merged: string[] = [];
    let next = 0;
    const push = (name: string): void => {
      if (present.has(name) && merged.at(-1) !== name) merged.push(name);
    };
    for (const name of old) {
      for (let other = added[next]; other !== undefined && other < name; other = added[next]) {
        push(other);
        next += 1;
      }
      push(name);
    }
    for (const name of added.slice(next)) push(name);
    return merged;
  }
}

/** The position of the first name after `name`. */
export function positionAfter(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? '') <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
