/** What the hub gave this node, kept on disk so that the node starts without the hub. */
import type { KubeObject } from '../../hub/api/object.ts';
import type { ObjectKey } from '../../hub/api/link.ts';

/** A change of the held objects. */
export interface HeldChange {
  readonly upserts: readonly KubeObject[];
  readonly deletions: readonly ObjectKey[];
}

/**
 * The held objects.
 *
 * INVARIANTS: `apply` resolves when the change is on disk (written, fsynced, renamed); listeners are called after that;
 * only what differs is written; after a crash at any point the state is the one before or the one after an `apply`.
 */
export interface HeldObjects {
  apply(change: HeldChange): Promise<void>;
  get(key: ObjectKey): KubeObject | undefined;
  /** Every held object of a resource (`pods`, `configmaps`…). */
  all(resource: string): Iterable<KubeObject>;
  /** Key → resourceVersion of everything, for sync. */
  versions(): Record<ObjectKey, string>;
  subscribe(listener: (change: HeldChange) => void): () => void;
}
