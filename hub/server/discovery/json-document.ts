/** JSON documents with the tag Kubernetes gives them: the upper-case SHA-512 of their bytes, in quotes. */
import { createHash } from 'node:crypto';
import type { Document } from '../document.ts';

/** The hash Kubernetes names a document by: upper-case SHA-512. */
function documentHash(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex').toUpperCase();
}

/** A JSON document out of `value`. */
export function jsonDocument(value: unknown, contentType: string): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { contentType, bytes, etag: `"${documentHash(bytes)}"` };
}
