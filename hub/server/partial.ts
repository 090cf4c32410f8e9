/** PartialObjectMetadata: objects without their contents. */
import type { KubeObject } from '../api/object.ts';

const closeBrace = 0x7d;

/** How one begins; its metadata follows, and a closing brace. */
export const partialHead = (version: string): string =>
  `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`;

/** The same out of metadata that is JSON already. */
export function partialBytes(metadata: Buffer, version: string): Buffer {
  const head = partialHead(version);
  const bytes = Buffer.allocUnsafe(head.length + metadata.length + 1);
  bytes.write(head, 'latin1');
  metadata.copy(bytes, head.length);
  bytes[bytes.length - 1] = closeBrace;
  return bytes;
}

/** JSON of the metadata alone, in this version of meta.k8s.io. */
export function partialText(object: KubeObject, version: string): string {
  return `${partialHead(version)}${JSON.stringify(object.metadata)}}`;
}
