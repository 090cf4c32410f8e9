/** The paths of a set as Kubernetes lists them in conflicts: kept without a copy, in memory that later paths write over. */
import { eachField, type FieldSet } from './field-set.ts';

/** A Go slice of steps: paths that grew out of one another share their memory up to its capacity. */
interface Slice {
  readonly memory: string[];
  readonly length: number;
  readonly capacity: number;
}

/** Go's append: into the shared memory while there is room, else into a copy of twice the capacity. */
function appended({ memory, length, capacity }: Slice, step: string): Slice {
  if (length < capacity) {
    memory[length] = step;
    return { memory, length: length + 1, capacity };
  }
  return { memory: [...memory.slice(0, length), step], length: length + 1, capacity: Math.max(1, capacity * 2) };
}

/**
 * The steps of every field of the set, as the API server ends up printing them: of several fields of one item of a list,
 * some are named as another one that was visited later.
 */
export function sharedPaths(set: FieldSet): string[][] {
  const paths: Slice[] = [];
  const prefixes = new Map<string, Slice>();
  const empty: Slice = { memory: [], length: 0, capacity: 0 };
  const prefixOf = (steps: readonly string[]): Slice => {
    if (steps.length === 0) return empty;
    const key = JSON.stringify(steps);
    const known = prefixes.get(key);
    if (known !== undefined) return known;
    const made = appended(prefixOf(steps.slice(0, -1)), steps[steps.length - 1] ?? '');
    prefixes.set(key, made);
    return made;
  };
  eachField(set, (steps) => {
    paths.push(appended(prefixOf(steps.slice(0, -1)), steps[steps.length - 1] ?? ''));
  });
  return paths.map(({ memory, length }) => memory.slice(0, length));
}
