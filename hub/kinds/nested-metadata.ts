/** What objects inside objects carry: templates and claims have metadata of their own. */
import type { ObjectMeta } from '../api/object.ts';

/** Templates print an empty creationTimestamp, as clients of every version read it. */
export function defaultNestedMetadata(holder: { metadata?: ObjectMeta }): void {
  holder.metadata ??= {};
  holder.metadata.creationTimestamp ??= null;
}
