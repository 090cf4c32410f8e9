/** Merging an applied configuration into an object, and taking away what its manager gave up. */
import type { JsonObject } from '../../api/object.ts';
import { copyOf, isObject, own, put } from '../patch/value.ts';
import { type FieldSet, isLeaf } from './field-set.ts';
import { keyStep, valueStep } from './list-step.ts';
import { deduced, innerOf, type Shape } from './shape.ts';

type ListShape = Shape & { is: 'keyed' | 'set' };

const stepOf = (item: unknown, shape: ListShape): string =>
  shape.is === 'set' ? valueStep(item) : keyStep(item, shape);

/** `config` over `live`: maps and keyed lists item by item, everything else whole. `live` is not changed. */
export function mergeConfig(live: unknown, config: unknown, shape: Shape): unknown {
  if (shape.is === 'leaf' || live === undefined || live === null) return copyOf(config);
  if (shape.is === 'keyed' || shape.is === 'set') {
    if (config === null) return live;
    return Array.isArray(live) && Array.isArray(config) ? mergeLists(live, config, shape) : copyOf(config);
  }
  if (!isObject(live)) return copyOf(config);
  if (config === null) return live;
  return isObject(config) ? mergeFields(live, config, shape) : copyOf(config);
}

function mergeFields(live: JsonObject, config: JsonObject, shape: Shape): JsonObject {
  const merged = { ...live };
  for (const [name, value] of Object.entries(config)) {
    if (value !== undefined) put(merged, name, mergeConfig(own(live, name), value, innerOf(shape, name)));
  }
  return merged;
}

/** The applied items keep their order; items only the server has stay before the one they were before. */
function mergeLists(live: readonly unknown[], config: readonly unknown[], shape: ListShape): unknown[] {
  const inner = shape.is === 'keyed' ? shape.item : undefined;
  const applied = new Set(config.map((item) => stepOf(item, shape)));
  const before = new Map(live.map((item) => [stepOf(item, shape), item]));
  const done = new Set<string>();
  const merged: unknown[] = [];
  let next = 0;
  const keepUntilShared = (): void => {
    for (; next < live.length; next++) {
      const step = stepOf(live[next], shape);
      if (!applied.has(step)) merged.push(live[next]);
      else if (!done.has(step)) return;
    }
  };
  for (const item of config) {
    keepUntilShared();
    const step = stepOf(item, shape);
    done.add(step);
    merged.push(inner === undefined ? item : mergeConfig(before.get(step), item, inner));
  }
  keepUntilShared();
  return merged;
}

/** Marks what is to be removed. */
const gone = Symbol('gone');

/**
 * Takes away what `last` claims and `owned` does not. API: a field goes with everything inside, unless something
 * inside belongs to somebody. `value` is not changed.
 */
export function pruneGivenUp(value: JsonObject, last: FieldSet, owned: FieldSet, shape: Shape): JsonObject {
  let kept = value;
  for (const step in last) {
    if (!step.startsWith('f:')) continue;
    const name = step.slice(2);
    const current = own(kept, name);
    if (current === undefined) continue;
    const left = pruned(current, last[step] as FieldSet, owned[step], innerOf(shape, name));
    if (left === current) continue;
    if (kept === value) kept = { ...value };
    if (left === gone) delete kept[name];
    else put(kept, name, left);
  }
  return kept;
}

function pruned(value: unknown, last: FieldSet, owned: FieldSet | undefined, shape: Shape): unknown {
  if (owned === undefined) return gone;
  if (isLeaf(last)) return value;
  if (Array.isArray(value) && (shape.is === 'keyed' || shape.is === 'set')) {
    return prunedList(value, last, owned, shape);
  }
  return isObject(value) ? pruneGivenUp(value, last, owned, shape) : value;
}

function prunedList(items: readonly unknown[], last: FieldSet, owned: FieldSet, shape: ListShape): unknown[] {
  const kept: unknown[] = [];
  for (const item of items) {
    const step = stepOf(item, shape);
    const claim = last[step];
    if (claim === undefined) {
      kept.push(item);
      continue;
    }
    const claimed = isLeaf(claim) || claim['.'] !== undefined;
    const left = pruned(
      item,
      claim,
      owned[step] ?? (claimed ? undefined : {}),
      shape.is === 'keyed' ? shape.item : deduced,
    );
    if (left !== gone) kept.push(left);
  }
  return kept.length === items.length && kept.every((item, at) => item === items[at]) ? (items as unknown[]) : kept;
}
