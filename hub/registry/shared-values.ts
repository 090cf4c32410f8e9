/** One instance of values that many objects have alike: labels, owners, names of nodes. */

/** How many different values are remembered; forgetting them only means that later ones are not shared with earlier ones. */
const limit = 20_000;

/** Remembers texts and JSON values. What it answers must not be changed. */
export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #values = new Map<string, unknown>();

  readonly of = <T>(value: T): T => {
    if (typeof value === 'string') return remembered(this.#texts, value, value) as T;
    if (typeof value !== 'object' || value === null) return value;
    return remembered(this.#values, JSON.stringify(value), value) as T;
  };
}

function remembered(map: Map<string, unknown>, key: string, value: unknown): unknown {
  const known = map.get(key);
  if (known !== undefined) return known;
  if (map.size >= limit) map.clear();
  map.set(key, value);
  return value;
}
