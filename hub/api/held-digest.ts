/** The digest of a long list of held versions: equal lists have equal digests. */
import { createHash } from 'node:crypto';
import type { ObjectKey } from './link.ts';

/** From this many keys on `sync` carries the digest first. */
export const digestFrom = 16;

/** SHA-256 over the versions by ascending key, shortened to 22 characters. */
export function heldDigest(versions: Readonly<Record<ObjectKey, string>>): string {
  const digest = createHash('sha256');
  for (const key of Object.keys(versions).sort()) digest.update(`${key}\n${versions[key]}\n`);
  return digest.digest('base64url').slice(0, 22);
}
