/** Keys of objects in the store: `<group or core>/<resource>/<namespace>/<name>`. */
import type { ResourceRef } from '../api/resource.ts';

/** The key of one object. Cluster-scoped objects have an empty namespace. */
export function objectKey(ref: ResourceRef, namespace: string, name: string): string {
  return `${shelfKey(ref)}/${namespace}/${name}`;
}

/** What all keys of a resource begin with. */
export function shelfKey(ref: { group: string; resource: string }): string {
  return `${ref.group === '' ? 'core' : ref.group}/${ref.resource}`;
}

/** The parts of a key. Names never hold a slash; namespaces neither. */
export function parseKey(key: string): { shelf: string; namespace: string; name: string } {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  const third = key.indexOf('/', second + 1);
  return { shelf: key.slice(0, second), namespace: key.slice(second + 1, third), name: key.slice(third + 1) };
}
