/** Payloads on the wire: JSON, deflated above 1 KB, bounded in size and depth, checked at the door. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Check, WireError } from './guard.ts';

/** From this size in bytes on a payload is deflated. */
const deflateFrom = 1024;

/** The most a payload may inflate to, in bytes. */
const inflateLimit = 16 * 1024 * 1024;

/** The deepest nesting of arrays and objects. */
const depthLimit = 64;

/** First byte of a deflated payload; JSON objects begin with `{` (0x7b). */
const deflated = 1;

const mark = Buffer.from([deflated]);

/** Writes a message. */
export function encode(message: object): Buffer {
  return pack(Buffer.from(JSON.stringify(message)));
}

/** Readies JSON bytes of an object for the wire: as they are, or behind a mark byte and deflated (RFC 1951). */
export function pack(json: Buffer): Buffer {
  if (json.length < deflateFrom) return json;
  return Buffer.concat([mark, deflateRawSync(json, { level: 5 })]);
}

/** Back to JSON bytes. Throws WireError. */
export function unpack(payload: Uint8Array, limit = inflateLimit): Buffer {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (bytes[0] === 0x7b) {
    if (bytes.length > limit) throw new WireError('payload is too large');
    return bytes;
  }
  if (bytes[0] !== deflated) throw new WireError('payload is neither JSON nor deflated JSON');
  try {
    return inflateRawSync(bytes.subarray(1), { maxOutputLength: limit });
  } catch (error) {
    throw new WireError('payload does not inflate within its limit', { cause: error });
  }
}

/** Reads a message and checks it. Throws WireError; the answer is then trusted. */
export function decode<T>(payload: Uint8Array, check: Check, limit = inflateLimit): T {
  const json = unpack(payload, limit);
  checkDepth(json);
  let value: unknown;
  try {
    value = JSON.parse(json.toString());
  } catch (error) {
    throw new WireError('payload is not JSON', { cause: error });
  }
  check(value, 'message');
  return value as T;
}

/** Throws WireError when brackets outside of strings nest deeper than the limit. */
function checkDepth(json: Buffer): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (quoted) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthLimit) throw new WireError('payload is nested too deeply');
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}
