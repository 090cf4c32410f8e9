/** What a Pod names, by the keys of the link: the objects its node needs besides the Pod itself. */
import type { ObjectKey } from '../../api/link.ts';
import type { Pod } from '../../api/pod.ts';
import { podReferences } from '../../api/pod-references.ts';

/** The keys of everything `pod` names, each once. ServiceAccounts are not part of the link. */
export function referencesOf(pod: Pod): Set<ObjectKey> {
  const namespace = pod.metadata.namespace ?? '';
  const { configMaps, secrets, claims } = podReferences(pod);
  const keys = new Set<ObjectKey>();
  for (const name of configMaps) keys.add(`configmaps/${namespace}/${name}`);
  for (const name of secrets) keys.add(`secrets/${namespace}/${name}`);
  for (const name of claims) keys.add(`persistentvolumeclaims/${namespace}/${name}`);
  if (pod.spec.runtimeClassName !== undefined) keys.add(`runtimeclasses//${pod.spec.runtimeClassName}`);
  return keys;
}
