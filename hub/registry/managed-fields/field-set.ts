/**
 * Sets of fields, in the very form they have on the wire (fieldsV1): `f:name`, `k:{"key":…}` and `v:value` lead to what
 * is inside, `.` says that the field itself belongs to the set, and an empty object is a field with nothing inside.
 * Sets never change: every operation shares what it keeps.
 */

/** A node of a set. */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

/** A field with nothing inside. */
export const leaf: FieldSet = Object.freeze({});

type Building = { [step: string]: FieldSet };

/** True for a node without anything inside. */
export function isLeaf(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Nodes that lost all but themselves become leaves; nodes that are nothing vanish. */
function tidy(set: Building): FieldSet | undefined {
  let steps = 0;
  for (const _ in set) if (++steps > 1) return set;
  if (steps === 0) return undefined;
  return set['.'] === undefined ? set : leaf;
}

/** What is in `a` or in `b`; `a` itself when `b` adds nothing. The roots are no fields themselves. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  let result: Building | undefined;
  for (const step in b) {
    const mine = a[step];
    const theirs = b[step] as FieldSet;
    const joined = mine === undefined ? theirs : step === '.' ? mine : unionOfNodes(mine, theirs);
    if (joined === mine) continue;
    result ??= { ...a };
    result[step] = joined;
  }
  return result ?? a;
}

function unionOfNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const aLeaf = isLeaf(a);
  if (isLeaf(b)) return aLeaf || a['.'] !== undefined ? a : { '.': leaf, ...a };
  if (aLeaf) return b['.'] === undefined ? { '.': leaf, ...b } : b;
  return union(a, b);
}

/** What is in `a` and not in `b`; `a` itself when nothing goes, undefined when nothing stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet | undefined {
  let touched: Map<string, FieldSet | undefined> | undefined;
  for (const step in b) {
    const mine = a[step];
    if (mine === undefined) continue;
    const left = step === '.' ? undefined : differenceOfNodes(mine, b[step] as FieldSet);
    if (left === mine) continue;
    touched ??= new Map();
    touched.set(step, left);
  }
  if (touched === undefined) return a;
  // made anew: an object that lost a member is slow to write, and this one is written with every state from now on
  const result: Building = {};
  for (const step in a) {
    const left = touched.has(step) ? touched.get(step) : a[step];
    if (left !== undefined) result[step] = left;
  }
  return tidy(result);
}

function differenceOfNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const bIsField = b['.'] !== undefined || isLeaf(b);
  if (isLeaf(a)) return bIsField ? undefined : a;
  if (!isLeaf(b)) return difference(a, b);
  if (a['.'] === undefined) return a;
  const { '.': _, ...rest } = a;
  return tidy(rest);
}

/** What is in both; undefined when that is nothing. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const result: Building = {};
  for (const step in a) {
    const theirs = b[step];
    if (theirs === undefined) continue;
    const both = step === '.' ? leaf : intersectionOfNodes(a[step] as FieldSet, theirs);
    if (both !== undefined) result[step] = both;
  }
  return tidy(result);
}

function intersectionOfNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const aLeaf = isLeaf(a);
  const bLeaf = isLeaf(b);
  if (aLeaf || bLeaf) return (aLeaf || a['.'] !== undefined) && (bLeaf || b['.'] !== undefined) ? leaf : undefined;
  return intersection(a, b);
}

/** Equality of sets; the order of steps means nothing. */
export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let steps = 0;
  for (const step in a) {
    const theirs = b[step];
    if (theirs === undefined || !sameSet(a[step] as FieldSet, theirs)) return false;
    steps++;
  }
  for (const _ in b) steps--;
  return steps === 0;
}

/** Calls `visit` with the steps to every field of the set: at each level the fields there, then what is inside them. */
export function eachField(
  set: FieldSet,
  visit: (steps: readonly string[]) => void,
  path: readonly string[] = [],
): void {
  const steps = Object.keys(set)
    .filter((step) => step !== '.')
    .sort();
  for (const step of steps) {
    const inside = set[step] as FieldSet;
    if (isLeaf(inside) || inside['.'] !== undefined) visit([...path, step]);
  }
  for (const step of steps) eachField(set[step] as FieldSet, visit, [...path, step]);
}
