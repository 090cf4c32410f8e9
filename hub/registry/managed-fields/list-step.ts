/** The steps into lists: `k:{…}` for items told apart by fields, `v:…` for items that are their own key. */

/** API: the only key fields with a default are the protocols of ports. */
const keyDefaults: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** The key fields of an item as JSON, sorted; undefined when it has none of them. */
function itemKey(item: unknown, keys: readonly string[]): string | undefined {
  if (item === null || typeof item !== 'object') return undefined;
  const fields = item as Record<string, unknown>;
  const only = keys[0];
  if (keys.length === 1 && only !== undefined) {
    const value = fields[only] ?? keyDefaults[only];
    return value === undefined ? undefined : `{"${only}":${JSON.stringify(value)}}`;
  }
  let text = '';
  for (const key of keys) {
    const value = fields[key] ?? keyDefaults[key];
    if (value !== undefined) text += `${text === '' ? '' : ','}"${key}":${JSON.stringify(value)}`;
  }
  return text === '' ? undefined : `{${text}}`;
}

/** `k:{"name":"a"}`; an item without its keys gets an empty one, so that it has an owner at all. */
export function keyStep(item: unknown, keys: readonly string[]): string {
  return `k:${itemKey(item, keys) ?? '{}'}`;
}

/** `v:"a"`. */
export function valueStep(item: unknown): string {
  return `v:${JSON.stringify(item)}`;
}
