/** PartialObjectMetadata: objects without their contents. */
import type { KubeObject } from '../api/object.ts';

/** JSON of the metadata alone, in this version of meta.k8s.io. */
export function partialText(object: KubeObject, version: string): string {
  const metadata = JSON.stringify(object.metadata);
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${metadata}}`;
}
