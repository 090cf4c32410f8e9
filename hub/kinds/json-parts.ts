/** Where the parts of a stored object lie in its bytes, so that what nobody looks at need not be parsed. */
import { endOfString } from './json-scan.ts';

/** Bytes from `from` up to `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The metadata of an object. */
export interface MetadataParts {
  /** The value of `metadata`. */
  readonly metadata: Span;
  /** Its managedFields with the comma that goes with them; undefined when there are none. */
  readonly managed: Span | undefined;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const backslash = 0x5c;

const names = {
  metadata: Buffer.from('metadata'),
  managedFields: Buffer.from('managedFields'),
};

/** Told of each member where its name is, and where its value begins. Answers where the value ends. */
type Visit = (from: number, to: number, value: number) => number;

/** Bytes that are no compact JSON, as all that is stored is: there are no parts to be known. */
export class NotCompact extends Error {}

/** Looks through the bytes up to the end of metadata. Undefined when it has none, or was not written by JSON.stringify. */
export function metadataParts(bytes: Buffer): MetadataParts | undefined {
  let found: MetadataParts | undefined;
  try {
    eachMember(bytes, 0, (nameFrom, nameTo, value) => {
      if (!isName(bytes, nameFrom, nameTo, names.metadata)) return endOfValue(bytes, value);
      found = partsOf(bytes, value);
      // the rest is none of its business
      return bytes.length;
    });
  } catch (error) {
    if (error instanceof NotCompact) return undefined;
    throw error;
  }
  return found;
}

function partsOf(bytes: Buffer, from: number): MetadataParts {
  let managed: Span | undefined;
  const to = eachMember(bytes, from, (nameFrom, nameTo, value) => {
    if (!isName(bytes, nameFrom, nameTo, names.managedFields)) return endOfValue(bytes, value);
    const end = endOfValue(bytes, value);
    const isFirst = bytes[nameFrom - 2] !== comma;
    managed = { from: nameFrom - (isFirst ? 1 : 2), to: end + (isFirst && bytes[end] === comma ? 1 : 0) };
    return end;
  });
  return { metadata: { from, to }, managed };
}

/** Goes through the object that begins at `from`; answers where it ends. */
function eachMember(bytes: Buffer, from: number, visit: Visit): number {
  if (bytes[from] !== openBrace) throw new NotCompact();
  let at = from + 1;
  if (bytes[at] === closeBrace) return at + 1;
  for (;;) {
    if (bytes[at] !== quote) throw new NotCompact();
    const behind = endOfText(bytes, at + 1) + 1;
    if (bytes[behind] !== colon) throw new NotCompact();
    const end = visit(at + 1, behind - 1, behind + 1);
    if (bytes[end] !== comma) return end + 1;
    at = end + 1;
  }
}

/** True when the name that lies there is this one. */
export function isName(bytes: Buffer, from: number, to: number, name: Buffer): boolean {
  if (to - from !== name.length) return false;
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name[index]) return false;
  return true;
}

/** Texts longer than this are skipped by a native search. */
const shortText = 48;
/** Of a bracket and a brace alike, opening and closing. */
const open = 0x5b;
const close = 0x5d;
const alike = 0xdf;

/** Behind the value that begins at `from`: this is where the time goes, byte by byte. */
export function endOfValue(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) {
      at = endOfText(bytes, at + 1);
      if (depth === 0) return at + 1;
    } else if ((byte & alike) === open) depth += 1;
    else if ((byte & alike) === close) {
      // of a number or a word it is the object around that ends
      if (depth <= 1) return depth === 0 ? at : at + 1;
      depth -= 1;
    } else if (byte === comma && depth === 0) return at;
  }
  return bytes.length;
}

/** The quote that ends the text that begins at `from`. */
export function endOfText(bytes: Buffer, from: number): number {
  let at = from;
  let byte = bytes[at];
  for (const near = from + shortText; byte !== quote && byte !== backslash && at < near; ) byte = bytes[++at];
  return byte === quote ? at : endOfString(bytes, at) - 1;
}
