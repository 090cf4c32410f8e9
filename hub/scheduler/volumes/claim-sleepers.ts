/** Pods that sleep and have claims: whom a change of a claim may help. */

interface Sleeper {
  readonly claims: readonly string[];
  /** Its claims were the only reason. */
  readonly isUnready: boolean;
}

/** By claim, as `namespace/name`. */
export class ClaimSleepers {
  readonly #sleepers = new Map<string, Sleeper>();
  readonly #byClaim = new Map<string, Set<string>>();

  /** A Pod went to sleep. */
  add(key: string, claims: readonly string[], isUnready: boolean): void {
    this.delete(key);
    this.#sleepers.set(key, { claims, isUnready });
    for (const claim of claims) {
      const keys = this.#byClaim.get(claim);
      if (keys === undefined) this.#byClaim.set(claim, new Set([key]));
      else keys.add(key);
    }
  }

  /** A Pod sleeps no more. */
  delete(key: string): void {
    const sleeper = this.#sleepers.get(key);
    if (sleeper === undefined) return;
    this.#sleepers.delete(key);
    for (const claim of sleeper.claims) {
      const keys = this.#byClaim.get(claim);
      keys?.delete(key);
      if (keys?.size === 0) this.#byClaim.delete(claim);
    }
  }

  /** Those that only wait for this claim, and those that have other reasons too. */
  of(claim: string): { readonly unready: readonly string[]; readonly others: readonly string[] } {
    const keys = [...(this.#byClaim.get(claim) ?? [])];
    const isUnready = (key: string): boolean => this.#sleepers.get(key)?.isUnready === true;
    return { unready: keys.filter(isUnready), others: keys.filter((key) => !isUnready(key)) };
  }

  all(): Iterable<string> {
    return this.#sleepers.keys();
  }

  clear(): void {
    this.#sleepers.clear();
    this.#byClaim.clear();
  }
}
