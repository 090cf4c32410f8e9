/** One look over the bytes of a JSON body before it is parsed: how deep it nests and how many fields it holds. */

/** What the bytes hold. Meaningful for well-formed JSON only; anything else fails in the parser behind. */
export interface JsonScan {
  /** Objects and lists inside one another. */
  readonly depth: number;
  /** Fields of all objects, duplicates included. */
  readonly fields: number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
/** Strings longer than this are skipped by a native search. */
const shortString = 48;

/** The index behind the string that starts (behind its quote) at `start`. */
export function endOfString(body: Buffer, start: number): number {
  const near = Math.min(body.length, start + shortString);
  let at = start;
  while (at < near) {
    const byte = body[at];
    if (byte === quote) return at + 1;
    at += byte === backslash ? 2 : 1;
  }
  for (;;) {
    const end = body.indexOf(quote, at);
    if (end < 0) return body.length;
    let slashes = 0;
    while (end - 1 - slashes >= at && body[end - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return end + 1;
    at = end + 1;
  }
}

/** Counts depth and fields; stops early, with the depth reached, beyond `maxDepth`. */
export function scanJson(body: Buffer, maxDepth: number): JsonScan {
  let depth = 0;
  let deepest = 0;
  let fields = 0;
  let at = 0;
  const { length } = body;
  while (at < length) {
    const byte = body[at++];
    if (byte === quote) {
      at = endOfString(body, at);
    } else if (byte === colon) {
      fields++;
    } else if (byte === openBrace || byte === openBracket) {
      if (++depth > deepest) deepest = depth;
      if (depth > maxDepth) break;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
    }
  }
  return { depth: deepest, fields };
}

/** Counts the fields of all objects in a parsed value; `found` is told a key that no field may have. */
export function countFields(value: unknown, forbidden: string, found: () => void): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === 'object' && item !== null) count += countFields(item, forbidden, found);
    }
    return count;
  }
  const object = value as Record<string, unknown>;
  for (const key in object) {
    count++;
    if (key === forbidden) found();
    const item = object[key];
    if (typeof item === 'object' && item !== null) count += countFields(item, forbidden, found);
  }
  return count;
}
