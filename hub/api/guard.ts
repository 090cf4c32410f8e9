/** Guards: small checks that decide whether decoded JSON has the shape its TypeScript type claims. */

/** Wire data that is not what it should be; the message names the place. */
export class WireError extends Error {}

/** Throws WireError when `value` is not acceptable; `path` names the place. */
export type Check = (value: unknown, path: string) => void;

const refuse = (path: string, what: string): never => {
  throw new WireError(`${path} is not ${what}`);
};

/** A string of at most `limit` UTF-16 units. */
export function text(limit = 1024): Check {
  return (value, path) => {
    if (typeof value !== 'string') refuse(path, 'a string');
    else if (value.length > limit) refuse(path, `shorter than ${limit + 1} characters`);
  };
}

/** A finite number. */
export const number: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(path, 'a number');
};

/** A whole number between `least` and 2^53. */
export function whole(least = 0): Check {
  return (value, path) => {
    if (!Number.isSafeInteger(value) || (value as number) < least) refuse(path, `a whole number of at least ${least}`);
  };
}

/** true or false. */
export const flag: Check = (value, path) => {
  if (typeof value !== 'boolean') refuse(path, 'a boolean');
};

/** One of these strings. */
export function oneOf(...values: readonly string[]): Check {
  return (value, path) => {
    if (!values.includes(value as string)) refuse(path, `one of ${values.join(', ')}`);
  };
}

/** Absent (null counts as absent), or as `check` says. */
export function optional(check: Check): Check {
  return (value, path) => {
    if (value !== undefined && value !== null) check(value, path);
  };
}

/** An array of at most `limit` items that all pass. */
export function list(check: Check, limit = 100_000): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return refuse(path, 'an array');
    if (value.length > limit) refuse(path, `an array of at most ${limit}`);
    for (let index = 0; index < value.length; index++) check(value[index], `${path}[${index}]`);
  };
}

/** A JSON object used as a map. */
export function mapOf(check: Check, limit = 200_000): Check {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(path, 'an object');
    const entries = Object.entries(value);
    if (entries.length > limit) refuse(path, `an object of at most ${limit} keys`);
    for (const [key, item] of entries) check(item, `${path}.${key}`);
  };
}

/** Any JSON object. */
export const anyObject: Check = mapOf(() => {});

/** A check for every field of T; a field that is missing here does not compile. Unknown fields pass: they are newer than us. */
export function shape<T>(fields: { [K in keyof Required<T>]: Check }): Check {
  const checks = Object.entries<Check>(fields);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(path, 'an object');
    for (const [field, check] of checks) check((value as Record<string, unknown>)[field], `${path}.${field}`);
  };
}
