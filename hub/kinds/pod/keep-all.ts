/** Undoing what a writer of one part of a Pod may not change. */
import type { Pod } from '../../api/pod.ts';

const kept = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Makes spec, status and metadata of `pod` those of `old`. They are shared with it: replace, do not change in place. */
export function keepAllOf(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  if (old.status === undefined) delete pod.status;
  else pod.status = old.status;
  for (const field of kept) delete pod.metadata[field];
  for (const field of kept)
    if (old.metadata[field] !== undefined) Object.assign(pod.metadata, { [field]: old.metadata[field] });
}
