/** Volumes whose directories nodes have to remove: a node needs them though none of its Pods does. */
import { localPathFinalizer, releasingNode } from '../../api/local-path.ts';
import type { ObjectKey } from '../../api/link.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { Change, Entry } from '../../registry/registry.ts';

/** Where a volume was to be removed before a change, and where it is now. */
export interface Moved {
  readonly before: string | undefined;
  readonly now: string | undefined;
}

const mark = Buffer.from(`"${localPathFinalizer}"`);

function nodeOf(entry: Entry | undefined): string | undefined {
  return entry?.bytes.includes(mark) === true ? releasingNode(entry.object<PersistentVolume>()) : undefined;
}

/** Kept by changes of PersistentVolumes, for nodes that are connected or not. */
export class ReleasingVolumes {
  readonly #byNode = new Map<string, Set<ObjectKey>>();

  /** Takes over what there is. */
  load(volumes: Iterable<Entry>): void {
    for (const entry of volumes) this.#put(nodeOf(entry), `persistentvolumes//${entry.name}`);
  }

  /** Takes a change; undefined when the volume is no news to anybody in this respect. */
  take({ type, entry, previous }: Change): Moved | undefined {
    const key = `persistentvolumes//${entry.name}`;
    const before = nodeOf(previous);
    const now = type === 'DELETED' ? undefined : nodeOf(entry);
    if (before === now) return undefined;
    if (before !== undefined) {
      const keys = this.#byNode.get(before);
      keys?.delete(key);
      if (keys?.size === 0) this.#byNode.delete(before);
    }
    this.#put(now, key);
    return { before, now };
  }

  /** The keys of those of one node. */
  of(node: string): Iterable<ObjectKey> {
    return this.#byNode.get(node) ?? [];
  }

  #put(node: string | undefined, key: ObjectKey): void {
    if (node === undefined) return;
    const keys = this.#byNode.get(node) ?? new Set<ObjectKey>();
    this.#byNode.set(node, keys);
    keys.add(key);
  }
}
