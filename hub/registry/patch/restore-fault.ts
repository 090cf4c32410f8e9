/** Values of another type in a strategic merge patch: Kubernetes restores its result from maps, not from JSON. */

const decoderText =
  /^json: cannot unmarshal (string|number|bool|object|array)(?: (\S+))? into Go (?:struct field \S+|value) of type (.+)$/;

const kinds: Readonly<Record<string, string>> = { string: 'string', bool: 'bool', object: 'map', array: 'slice' };
const scalars = new Set(['string', 'bool', 'int32', 'int64', 'float64']);

/** What Go calls the kind of a decoded JSON value. */
function kindOf(json: string, value: string | undefined): string {
  return kinds[json] ?? (value !== undefined && /[.eE]/.test(value) ? 'float64' : 'int64');
}

/** The decoder's complaint in the words of the one that restores structs from maps; other complaints stay. */
export function restoreFault(text: string): string {
  const found = decoderText.exec(text);
  if (found === null) return text;
  const [, json = '', value, type = ''] = found;
  const from = kindOf(json, value);
  if (type.startsWith('[]')) return `cannot restore slice from ${from}`;
  if (type.startsWith('map[') || type === 'v1.ResourceList') return `cannot restore map from ${from}`;
  if (!scalars.has(type)) return `cannot restore struct from: ${from}`;
  return from === 'int64' && type === 'string' ? 'cannot convert int64 to string' : `unrecognized type: ${type}`;
}
