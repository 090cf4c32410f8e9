/** The set of fields a new value brings along: itself and everything inside. */
import { type FieldSet, leaf } from './field-set.ts';
import { keyStep, valueStep } from './list-step.ts';
import { deduced, type Shape } from './shape.ts';

type Building = { [step: string]: FieldSet };

/** All fields of `value`, the value itself included. */
export function wholeSet(value: unknown, shape: Shape): FieldSet {
  if (shape.is === 'leaf' || value === null || typeof value !== 'object') return leaf;
  if (Array.isArray(value)) return wholeList(value, shape);
  const set: Building = { '.': leaf };
  let empty = true;
  const fields = value as Record<string, unknown>;
  for (const name in fields) {
    const part = fields[name];
    if (part === undefined || (part === null && !takesNull(shape))) continue;
    empty = false;
    if (shape.is === 'struct') {
      const known = shape.part(name);
      if (known !== undefined) set[known.label] = wholeSet(part, known.shape);
    } else set[`f:${name}`] = shape.is === 'map' ? wholeSet(part, shape.item) : wholeSet(part, deduced);
  }
  return empty ? leaf : set;
}

/** Null is nothing in the structs of built-in kinds. */
function takesNull(shape: Shape): boolean {
  return shape.is !== 'struct' || shape.nulls === true;
}

function wholeList(items: readonly unknown[], shape: Shape): FieldSet {
  if (items.length === 0 || (shape.is !== 'keyed' && shape.is !== 'set')) return leaf;
  const set: Building = { '.': leaf };
  for (const item of items) {
    if (shape.is === 'set') set[valueStep(item)] = leaf;
    else set[keyStep(item, shape)] = wholeSet(item, shape.item);
  }
  return set;
}

function isZero(value: unknown): boolean {
  return value === null || value === '' || value === 0 || value === false;
}

function isEmpty(value: unknown): boolean {
  for (const _ in value as object) return false;
  return true;
}

/**
 * The fields a new object sets: fields that are written even when unset (`spec` of most kinds) are no fields of
 * their own then, only what is inside. Undefined when nothing is set. `skip` names a top-level field to leave out.
 */
export function newObjectSet(value: unknown, shape: Shape, skip?: string): FieldSet | undefined {
  if (value === null || typeof value !== 'object') return isZero(value) ? undefined : leaf;
  // what is written even when unset is null then, so an empty list was sent
  if (shape.is === 'leaf') return isEmpty(value) && !Array.isArray(value) ? undefined : leaf;
  if (Array.isArray(value) || shape.is !== 'struct') {
    const { '.': _, ...inside } = wholeSet(value, shape);
    return Array.isArray(value) && value.length === 0 ? leaf : inside;
  }
  return newStructSet(value as Record<string, unknown>, shape, skip);
}

function newStructSet(
  fields: Record<string, unknown>,
  shape: Shape & { is: 'struct' },
  skip?: string,
): FieldSet | undefined {
  let set: Building | undefined;
  for (const name in fields) {
    if (name === skip || fields[name] === undefined || (fields[name] === null && !takesNull(shape))) continue;
    const part = shape.part(name);
    if (part === undefined) continue;
    const inside = part.present ? newObjectSet(fields[name], part.shape) : wholeSet(fields[name], part.shape);
    if (inside === undefined) continue;
    set ??= {};
    set[part.label] = inside;
  }
  return set;
}
