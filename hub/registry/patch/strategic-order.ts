/** The order of a list after a strategic merge: the patch's own order wins, items only the server knows keep their place. */
import { identityOf, isObject, own } from './value.ts';

/** How items are told apart: by one field, or by themselves when they are scalars. */
export type ItemKey = (item: unknown) => unknown;

/** Items by `mergeKey`; scalars by value. */
export function itemKey(mergeKey: string | undefined): ItemKey {
  if (mergeKey === undefined) return (item) => item;
  return (item) => (isObject(item) ? own(item, mergeKey) : undefined);
}

function ranks(order: readonly unknown[], keyOf: ItemKey): (item: unknown) => number {
  const places = new Map<string, number>();
  for (const [index, item] of order.entries()) {
    const identity = identityOf(keyOf(item));
    if (!places.has(identity)) places.set(identity, index);
  }
  return (item) => places.get(identityOf(keyOf(item))) ?? -1;
}

function sortedBy(items: readonly unknown[], rank: (item: unknown) => number): unknown[] {
  return items
    .map((item) => ({ item, at: rank(item) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** What an ordered list is made of. */
export interface Order {
  /** The merged items, in any order. */
  readonly items: readonly unknown[];
  /** The order the patch asks for. */
  readonly wanted: readonly unknown[];
  /** The order before. */
  readonly before: readonly unknown[];
  readonly keyOf: ItemKey;
}

/** Merged items in their final order. */
export function inOrder({ items, wanted, before, keyOf }: Order): unknown[] {
  const rankWanted = ranks(wanted, keyOf);
  const rankBefore = ranks(before, keyOf);
  const patched = sortedBy(
    items.filter((item) => rankWanted(item) >= 0),
    rankWanted,
  );
  const kept = sortedBy(
    items.filter((item) => rankWanted(item) < 0),
    rankBefore,
  );
  const result: unknown[] = [];
  let next = 0;
  for (const item of patched) {
    // An item of the server stays in front only of what it was in front of before.
    const place = rankBefore(item);
    while (next < kept.length && place >= 0) {
      const rank = rankBefore(kept[next]);
      if (rank < 0 || rank >= place) break;
      result.push(kept[next++]);
    }
    result.push(item);
  }
  return [...result, ...kept.slice(next)];
}
