/** The set of fields an applied configuration claims, checked against the schema on the way. */
import { goValue } from '../../api/go-json.ts';
import { type FieldSet, leaf } from './field-set.ts';
import { printedKey, printedStep } from './field-path.ts';
import { keyStep, unkeyed, valueStep } from './list-step.ts';
import { deduced, type Shape } from './shape.ts';

type Building = { [step: string]: FieldSet };
type Fields = Readonly<Record<string, unknown>>;

/** A configuration that is not of its type. */
export class ConfigMistake extends Error {}

const expected = (path: string, what: string, value: unknown): ConfigMistake =>
  new ConfigMistake(`${path}: expected ${what}, got &{${goValue(value)}}`);

/** Fields of `value` and everything inside, as an apply claims them; undefined when there are none. */
function insideOf(value: unknown, shape: Shape, path: string): FieldSet | undefined {
  if (value === null) return undefined;
  if (shape.is === 'leaf') {
    const kind = Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : 'scalar';
    if (shape.expects !== 'any' && shape.expects !== kind) throw expected(path, shape.expects, value);
    return undefined;
  }
  if (shape.is === 'keyed' || shape.is === 'set') {
    if (!Array.isArray(value)) throw expected(path, 'list', value);
    return listSet(value, shape, path);
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    if (shape.is === 'deduced') return undefined;
    throw expected(path, 'map', value);
  }
  return fieldsSet(value as Fields, shape, path);
}

function listSet(
  items: readonly unknown[],
  shape: Shape & { is: 'keyed' | 'set' },
  path: string,
): FieldSet | undefined {
  const set: Building = {};
  for (const [index, item] of items.entries()) {
    const why = shape.is === 'set' ? undefined : unkeyed(item, shape);
    if (why !== undefined) throw new ConfigMistake(`${path}: element ${index}: ${why}`);
    const step = shape.is === 'set' ? valueStep(item) : keyStep(item, shape);
    if (set[step] !== undefined) {
      throw new ConfigMistake(`${path}: duplicate entries for key [${printedKey(step)}]`);
    }
    if (shape.is === 'set') {
      set[step] = leaf;
      continue;
    }
    const inside = insideOf(item, shape.item, path + printedStep(step));
    set[step] = inside === undefined ? leaf : { '.': leaf, ...inside };
  }
  return items.length === 0 ? undefined : set;
}

function fieldsSet(fields: Fields, shape: Shape, path: string, skip?: string): FieldSet | undefined {
  const set: Building = {};
  let empty = true;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name === skip) continue;
    let step = `f:${name}`;
    let inner: Shape = shape.is === 'map' ? shape.item : deduced;
    if (shape.is === 'struct') {
      const part = shape.part(name);
      if (part === undefined) throw new ConfigMistake(`${path}.${name}: field not declared in schema`);
      step = part.label;
      inner = part.shape;
    }
    const inside = insideOf(value, inner, `${path}.${name}`);
    // Keys of maps are fields in their own right; fields of structs only when nothing is inside.
    if (inside === undefined) set[step] = leaf;
    else set[step] = shape.is === 'struct' ? inside : { '.': leaf, ...inside };
    empty = false;
  }
  return empty ? undefined : set;
}

/** The fields `config` claims. Throws ConfigMistake. `skip` names a top-level field to leave out. */
export function configSet(config: object, shape: Shape, serverOwned: ReadonlySet<string>, skip?: string): FieldSet {
  const { apiVersion: _a, kind: _k, metadata, ...rest } = config as Record<string, unknown>;
  const set: Building = { ...fieldsSet(rest, shape, '', skip) };
  if (shape.is === 'struct' && metadata !== undefined && metadata !== null) {
    if (typeof metadata !== 'object' || Array.isArray(metadata)) throw expected('.metadata', 'map', metadata);
    const own = Object.entries(metadata).filter(([name]) => !serverOwned.has(name));
    const inside = fieldsSet(Object.fromEntries(own), shape.part('metadata')?.shape ?? deduced, '.metadata');
    if (inside !== undefined) set['f:metadata'] = inside;
  }
  return set;
}
