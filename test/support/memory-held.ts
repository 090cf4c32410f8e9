/** Held objects and checkpoints without a disk, for simulated agents. */
import { heldKey } from '../../hub/api/held-key.ts';
import type { ObjectKey } from '../../hub/api/link.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { Checkpoints, PodCheckpoint } from '../../agent/state/checkpoints.ts';
import type { HeldChange, HeldObjects } from '../../agent/state/held.ts';

/** Held objects in memory. */
export class MemoryHeld implements HeldObjects {
  readonly objects = new Map<ObjectKey, KubeObject>();
  /** Every change that was applied, in order. */
  readonly changes: HeldChange[] = [];
  readonly #record: boolean;
  readonly #listeners = new Set<(change: HeldChange) => void>();

  constructor(options: { record?: boolean } = {}) {
    this.#record = options.record ?? false;
  }

  async apply(change: HeldChange): Promise<void> {
    for (const object of change.upserts) this.objects.set(heldKey(object) as ObjectKey, object);
    for (const key of change.deletions) this.objects.delete(key);
    if (this.#record) this.changes.push(change);
    for (const listener of this.#listeners) listener(change);
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.objects.get(key);
  }

  *all(resource: string): Iterable<KubeObject> {
    for (const [key, object] of this.objects) if (key.startsWith(`${resource}/`)) yield object;
  }

  versions(): Record<ObjectKey, string> {
    const versions: Record<ObjectKey, string> = {};
    for (const [key, object] of this.objects) versions[key] = object.metadata.resourceVersion ?? '';
    return versions;
  }

  subscribe(listener: (change: HeldChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Checkpoints in memory. */
export class MemoryCheckpoints implements Checkpoints {
  readonly #checkpoints = new Map<string, PodCheckpoint>();

  get(uid: string): PodCheckpoint | undefined {
    return this.#checkpoints.get(uid);
  }

  all(): Iterable<PodCheckpoint> {
    return this.#checkpoints.values();
  }

  async save(checkpoint: PodCheckpoint): Promise<void> {
    this.#checkpoints.set(checkpoint.uid, checkpoint);
  }

  async remove(uid: string): Promise<void> {
    this.#checkpoints.delete(uid);
  }
}
