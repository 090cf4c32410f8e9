/** A discovery or OpenAPI document as it is sent: bytes, their type and their tag. */
import { createHash } from 'node:crypto';

/** One finished answer. */
export interface Document {
  readonly contentType: string;
  readonly body: Buffer;
  /** Quoted, as the header carries it: upper-case SHA-512 of the bytes. */
  readonly etag: string;
}

/** The hash Kubernetes names a document by: upper-case SHA-512. */
export function documentHash(body: Buffer): string {
  return createHash('sha512').update(body).digest('hex').toUpperCase();
}

/** A JSON document out of `value`. */
export function jsonDocument(value: unknown, contentType: string): Document {
  const body = Buffer.from(JSON.stringify(value));
  return { contentType, body, etag: `"${documentHash(body)}"` };
}
