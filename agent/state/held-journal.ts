/** The held objects over a journal file: what the hub gave this node, read again at start without the hub. */
import { join } from 'node:path';
import { heldKey, resourceOfKey } from '../../hub/api/held-key.ts';
import type { ObjectKey } from '../../hub/api/link.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { Log } from '../../hub/base/log.ts';
import type { HeldChange, HeldObjects } from './held.ts';
import { Journal } from './journal.ts';

/** Held objects that can be closed. */
export interface HeldFile extends HeldObjects {
  close(): Promise<void>;
}

/** Opens `<dir>/held.journal`. */
export async function openHeld(options: { dir: string; log: Log }): Promise<HeldFile> {
  const journal = await Journal.open<KubeObject>({ file: join(options.dir, 'held.journal'), log: options.log });
  /** Objects that differ from the disk in their status only: the hub sends them again after a restart. */
  const newer = new Map<ObjectKey, KubeObject>();
  const listeners = new Set<(change: HeldChange) => void>();
  const get = (key: ObjectKey): KubeObject | undefined => newer.get(key) ?? journal.entries.get(key);

  return {
    get,
    *all(resource) {
      for (const key of journal.entries.keys()) {
        const object = resourceOfKey(key) === resource ? get(key) : undefined;
        if (object !== undefined) yield object;
      }
    },
    versions() {
      const versions: Record<ObjectKey, string> = {};
      for (const key of journal.entries.keys()) versions[key] = get(key)?.metadata.resourceVersion ?? '';
      return versions;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async apply(change) {
      const { puts, light } = sort(change.upserts, get, options.log);
      const upserts = [...puts, ...light].map(([, object]) => object);
      const deletions = change.deletions.filter((key) => journal.entries.has(key));
      await journal.write({ puts, removals: deletions });
      for (const key of [...puts.map(([each]) => each), ...deletions]) newer.delete(key);
      for (const [key, object] of light) newer.set(key, object);
      if (upserts.length > 0 || deletions.length > 0)
        for (const listener of listeners) listener({ upserts, deletions });
    },
    close: () => journal.close(),
  };
}

type Keyed = [ObjectKey, KubeObject];

/** What of `upserts` is new: `puts` for the disk, `light` for memory alone. */
function sort(
  upserts: readonly KubeObject[],
  get: (key: ObjectKey) => KubeObject | undefined,
  log: Log,
): { puts: Keyed[]; light: Keyed[] } {
  const puts: Keyed[] = [];
  const light: Keyed[] = [];
  for (const object of upserts) {
    const key = heldKey(object);
    if (key === undefined) {
      log.warn({ kind: object.kind, name: object.metadata.name }, 'the hub sent a kind this node cannot hold');
      continue;
    }
    const difference = differs(get(key), object);
    if (difference !== 'none') (difference === 'status' ? light : puts).push([key, withoutManagedFields(object)]);
  }
  return { puts, light };
}

/** A node has no use for managedFields, and they are often half of an object. */
function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What a new version changes. The echo of this node's own report changes `status` only: not worth a block on disk. */
function differs(before: KubeObject | undefined, after: KubeObject): 'none' | 'status' | 'more' {
  if (before === undefined) return 'more';
  if (before.metadata.resourceVersion === after.metadata.resourceVersion) return 'none';
  return comparable(before) === comparable(after) ? 'status' : 'more';
}

function comparable(object: KubeObject): string {
  const { status: _status, metadata, ...rest } = object;
  const { resourceVersion: _version, managedFields: _fields, ...meta } = metadata;
  return JSON.stringify([rest, meta]);
}
