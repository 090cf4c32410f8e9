/** Long work in slices: the event loop has its turn in between, so that requests are answered while a hub starts. */

/** How a long walk is cut. */
export interface SliceOptions {
  /** How long one slice may hold the event loop, in milliseconds; 8 unless said. */
  readonly milliseconds?: number;
  /** Asked after each pause: true ends the walk. */
  readonly stopped: () => boolean;
}

/** Calls `each` for all `items`, the first slice at once. Items are taken one by one, as late as can be. Resolves at the end. */
export async function inSlices<T>(items: Iterable<T>, each: (item: T) => void, options: SliceOptions): Promise<void> {
  const { milliseconds = 8, stopped } = options;
  let end = performance.now() + milliseconds;
  for (const item of items) {
    each(item);
    if (performance.now() < end) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (stopped()) return;
    end = performance.now() + milliseconds;
  }
}
