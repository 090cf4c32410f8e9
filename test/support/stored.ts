/** Builds what readers of the registry see, out of plain objects. */
import type { KubeObject } from '../../hub/api/object.ts';
import type { ResourceRef } from '../../hub/api/resource.ts';
import type { Entry, Registry } from '../../hub/registry/registry.ts';

/** Objects by resource name (`pods`). */
export type StoredObjects = Readonly<Record<string, readonly object[]>>;

/** A reader over fixed objects. The same object always has the same entry. */
export function reader(objects: StoredObjects): Pick<Registry, 'get' | 'entries'> {
  const entries = new Map<string, Entry[]>();
  for (const [resource, list] of Object.entries(objects)) entries.set(resource, list.map(entryOf));
  const of = (ref: ResourceRef, namespace?: string): Entry[] =>
    (entries.get(ref.resource) ?? []).filter((entry) => namespace === undefined || entry.namespace === namespace);
  return {
    get: (ref, namespace, name) => of(ref, namespace).find((entry) => entry.name === name),
    entries: (ref, namespace) => of(ref, namespace),
  };
}

function entryOf(object: object): Entry {
  const { metadata } = object as KubeObject;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    labels: metadata.labels ?? {},
    object: () => object,
  } as unknown as Entry;
}
