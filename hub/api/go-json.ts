/** JSON as Go sees it: how deep it nests, what its types are called, how its values are printed. */

/** How deep bodies may nest: more than any schema needs, few enough for recursive code. */
export const maxDepth = 512;

/** True when lists and objects in `value` nest deeper than `limit`. */
export function deeperThan(value: unknown, limit: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (limit <= 0) return true;
  for (const part of Object.values(value)) {
    if (part !== null && typeof part === 'object' && deeperThan(part, limit - 1)) return true;
  }
  return false;
}

/** What Go calls the type of a JSON value. */
export function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}

/** A decoded JSON value as Go's %v prints it: `map[a:1 b:[x y]]`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `map[${entries.map(([key, part]) => `${key}:${goValue(part)}`).join(' ')}]`;
}
