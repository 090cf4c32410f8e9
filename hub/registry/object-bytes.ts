/** What an object is kept as. */
import type { KubeObject } from '../api/object.ts';

/**
 * The object as JSON in memory of its own, to the byte. What `Buffer.from` answers lies in a piece of 64 KiB beside whatever else was
 * made at the time, and an object that stays would keep all of it.
 */
export function objectBytes(object: KubeObject): Buffer {
  const text = JSON.stringify(object);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}
