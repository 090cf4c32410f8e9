/** Names in messages: labels one after the other, or a pointer to where they stand already (RFC 1035, 4.1.4). */

/** A name as its labels, `['www', 'example', 'org']`, each byte one character; the root is empty. */
export type Labels = readonly string[];

/** RFC 1035, 2.3.4. */
const longestName = 255;

/** The labels of a name in text form without escapes; a dot at the end means nothing. */
export function labelsOf(text: string): Labels {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  return bare === '' ? [] : bare.split('.');
}

/** Where what follows the name at `offset` begins; -1 when the name is broken. Does not follow pointers. */
export function skipName(message: Buffer, offset: number): number {
  let at = offset;
  while (at < message.length && at - offset <= longestName) {
    const length = message[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= message.length ? at + 2 : -1;
    if (length > 63) return -1;
    at += length + 1;
  }
  return -1;
}

/**
 * The labels of the name at `offset`, letters as they are there; undefined when it is broken. A pointer must lead
 * backwards, so that reading ends.
 */
export function readName(message: Buffer, offset: number): Labels | undefined {
  const labels: string[] = [];
  let at = offset;
  let size = 1;
  let before = offset;
  while (at < message.length) {
    const length = message[at] ?? 0;
    if (length === 0) return labels;
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (message[at + 1] ?? 0);
      if (at + 1 >= message.length || target >= before) return undefined;
      before = target;
      at = target;
      continue;
    }
    size += length + 1;
    if (length > 63 || size > longestName || at + 1 + length > message.length) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return undefined;
}

/** Latin letters made small: the only ones whose case means nothing (RFC 4343). */
export function lowerCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}
