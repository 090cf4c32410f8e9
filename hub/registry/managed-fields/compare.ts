/** What changed between two objects, as sets of fields. */
import { sameJson } from '../../api/same-json.ts';
import { type FieldSet, leaf } from './field-set.ts';
import { keyStep, valueStep } from './list-step.ts';
import { innerOf, type Shape } from './shape.ts';
import { newObjectSet, wholeSet } from './whole.ts';

type Building = { [step: string]: FieldSet };
type Fields = Readonly<Record<string, unknown>>;

/** Fields that were set or got another value, and fields that are gone; undefined when there are none. */
export interface Comparison {
  readonly changed: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

function isEmpty(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return value === null;
  for (const _ in value) return false;
  return true;
}

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const none: Fields = Object.freeze({});

/** The step to a field of a map or struct; undefined when nobody can own it. */
function labelOf(shape: Shape, name: string): string | undefined {
  return shape.is === 'struct' ? shape.part(name)?.label : `f:${name}`;
}

/** The fields of a value that only one side has. A field that is written even when unset is none of them itself. */
function alone(value: unknown, shape: Shape, name: string): FieldSet | undefined {
  const part = shape.is === 'struct' ? shape.part(name) : undefined;
  return part?.present === true ? newObjectSet(value, part.shape) : wholeSet(value, innerOf(shape, name));
}

/** What was found out about the fields of one value so far. */
class Found {
  changed: Building | undefined;
  removed: Building | undefined;

  add(step: string, inside: Comparison): void {
    if (inside.changed !== undefined) this.change(step, inside.changed);
    if (inside.removed !== undefined) this.remove(step, inside.removed);
  }

  change(step: string, set: FieldSet | undefined): void {
    if (set === undefined) return;
    this.changed ??= {};
    this.changed[step] = set;
  }

  remove(step: string, set: FieldSet | undefined): void {
    if (set === undefined) return;
    this.removed ??= {};
    this.removed[step] = set;
  }
}

const same: Comparison = Object.freeze({ changed: undefined, removed: undefined });
const other: Comparison = Object.freeze({ changed: leaf, removed: undefined });

function compareValues(before: unknown, after: unknown, shape: Shape): Comparison {
  if (before === after) return same;
  const keyed = shape.is === 'keyed' || shape.is === 'set';
  const inside = shape.is !== 'leaf' && (keyed ? areLists(before, after) : areMaps(before, after));
  if (!inside || (isEmpty(before) && isEmpty(after))) return sameJson(before, after) ? same : other;
  if (keyed) return compareLists((before ?? []) as unknown[], (after ?? []) as unknown[], shape);
  return compareFields((before ?? none) as Fields, (after ?? none) as Fields, shape);
}

const areLists = (a: unknown, b: unknown): boolean =>
  (Array.isArray(a) || a === null) && (Array.isArray(b) || b === null);
const areMaps = (a: unknown, b: unknown): boolean => (isFields(a) || a === null) && (isFields(b) || b === null);

function compareFields(before: Fields, after: Fields, shape: Shape, skip?: string): Comparison {
  let found: Found | undefined;
  for (const name in after) {
    const now = after[name];
    const was = before[name];
    if (now === was || now === undefined || name === skip) continue;
    const label = labelOf(shape, name);
    if (label === undefined) continue;
    const inside = was === undefined ? undefined : compareValues(was, now, innerOf(shape, name));
    if (inside === same) continue;
    found ??= new Found();
    if (inside !== undefined) found.add(label, inside);
    else found.change(label, alone(now, shape, name));
  }
  for (const name in before) {
    const was = before[name];
    if (was === undefined || name === skip || (after[name] !== undefined && Object.hasOwn(after, name))) continue;
    const label = labelOf(shape, name);
    if (label === undefined) continue;
    found ??= new Found();
    found.remove(label, alone(was, shape, name));
  }
  return settled(found);
}

function settled(found: Found | undefined): Comparison {
  return found === undefined || (found.changed === undefined && found.removed === undefined) ? same : found;
}

function compareLists(before: unknown[], after: unknown[], shape: Shape & { is: 'keyed' | 'set' }): Comparison {
  const step = (item: unknown): string => (shape.is === 'set' ? valueStep(item) : keyStep(item, shape));
  const inner = shape.is === 'set' ? undefined : shape.item;
  const whole = (item: unknown): FieldSet => (inner === undefined ? leaf : wholeSet(item, inner));
  const was = new Map<string, unknown>();
  for (const item of before) was.set(step(item), item);
  const found = new Found();
  for (const item of after) {
    const key = step(item);
    if (!was.has(key)) found.change(key, whole(item));
    else if (inner !== undefined) found.add(key, compareValues(was.get(key), item, inner));
    was.delete(key);
  }
  for (const [key, item] of was) found.remove(key, whole(item));
  return settled(found);
}

/** Compares two objects of one shape. `skip` names a top-level field to leave out. */
export function compareObjects(before: object, after: object, shape: Shape, skip?: string): Comparison {
  return compareFields(before as Fields, after as Fields, shape, skip);
}
