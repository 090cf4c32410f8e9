/** JSON texts without halves of characters, which Go's reader replaces and no URL can name. */

/** Escapes of a text: a whole surrogate pair, half of one, or anything else. */
const escapes = /\\(?:u(d[89ab][0-9a-f]{2})(\\ud[c-f][0-9a-f]{2})?|u(d[c-f][0-9a-f]{2})|.)/gis;

/** The same text with U+FFFD for every escape that is half a character. Costs one look where there are no such escapes. */
export function wellFormedJson(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(escapes, (found, high?: string, low?: string, alone?: string) =>
    (high !== undefined && low === undefined) || alone !== undefined ? '\\ufffd' : found,
  );
}
