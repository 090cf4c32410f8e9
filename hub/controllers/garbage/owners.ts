/** What the owners of an object say about its fate. */
import { foregroundFinalizer, type KubeObject, orphanFinalizer, type OwnerReference } from '../../api/object.ts';
import { parseApiVersion } from '../../api/resource.ts';
import type { Entry, Registry } from '../../registry/registry.ts';

/** Spares parsing every owner there is: hardly any is being deleted. */
const foregroundMark = Buffer.from(`"${foregroundFinalizer}"`);

/** True when the object is going, and only after its dependents. */
export function isForeground(object: KubeObject): boolean {
  return (
    object.metadata.deletionTimestamp !== undefined &&
    object.metadata.finalizers?.includes(foregroundFinalizer) === true
  );
}

/** `keeps`: it is there; `gone`: it is not; `waits`: it is going and waits for this dependent. */
export type OwnerState = 'keeps' | 'gone' | 'waits';

/** The owner a reference names, when it is still the same object; `unknown` when its kind cannot be looked up. */
export function ownerOf(registry: Registry, namespace: string, owner: OwnerReference): Entry | undefined | 'unknown' {
  const { group, version } = parseApiVersion(owner.apiVersion);
  const info = registry.catalogue.byKind(group, version, owner.kind);
  if (info === undefined || (info.namespaced && namespace === '')) return 'unknown';
  const entry = registry.get(info, info.namespaced ? namespace : '', owner.name);
  return entry?.uid === owner.uid ? entry : undefined;
}

/** The state of one owner. A kind nobody serves may come back, so its dependents stay. */
export function ownerState(registry: Registry, namespace: string, owner: OwnerReference): OwnerState {
  const entry = ownerOf(registry, namespace, owner);
  if (entry === undefined) return 'gone';
  if (entry === 'unknown' || !entry.bytes.includes(foregroundMark)) return 'keeps';
  return isForeground(entry.object()) ? 'waits' : 'keeps';
}

/** What is to be done with a dependent. */
export type Fate =
  | { readonly do: 'keep' }
  | { readonly do: 'drop-owners'; readonly uids: readonly string[] }
  | { readonly do: 'delete'; readonly policy: 'Background' | 'Foreground' | 'Orphan' };

/** Decides by the states of the owners. `hasDependents`: somebody depends on the object itself. */
export function fateOf(object: KubeObject, states: readonly OwnerState[], hasDependents: boolean): Fate {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return { do: 'keep' };
  const lost = owners.filter((_, at) => states[at] !== 'keeps');
  if (lost.length === 0) return { do: 'keep' };
  if (lost.length < owners.length) return { do: 'drop-owners', uids: lost.map((owner) => owner.uid) };
  if (states.includes('waits') && hasDependents) return { do: 'delete', policy: 'Foreground' };
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(orphanFinalizer)) return { do: 'delete', policy: 'Orphan' };
  if (finalizers.includes(foregroundFinalizer)) return { do: 'delete', policy: 'Foreground' };
  return { do: 'delete', policy: 'Background' };
}
