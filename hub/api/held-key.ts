/** The key under which hub and agent name one object in sync and in the objects topic. */
import type { ObjectKey } from './link.ts';
import type { KubeObject } from './object.ts';

/** The kinds a node is given, by plural. A kind that is missing here never travels to nodes. */
const plurals: Readonly<Record<string, string>> = {
  Pod: 'pods',
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Node: 'nodes',
  Service: 'services',
  EndpointSlice: 'endpointslices',
  NodeNetwork: 'nodenetworks',
  RuntimeClass: 'runtimeclasses',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  PersistentVolume: 'persistentvolumes',
  ResolvedNetworkPolicy: 'networkpolicies',
};

/** `pods/<namespace>/<name>/<uid>`, `configmaps/<namespace>/<name>`, `nodes//<name>`; undefined for a kind nodes never hold. */
export function heldKey(object: KubeObject): ObjectKey | undefined {
  const plural = plurals[object.kind];
  if (plural === undefined) return undefined;
  const { namespace = '', name = '', uid = '' } = object.metadata;
  return plural === 'pods' ? `pods/${namespace}/${name}/${uid}` : `${plural}/${namespace}/${name}`;
}

/** The plural a key begins with. */
export function resourceOfKey(key: ObjectKey): string {
  return key.slice(0, key.indexOf('/'));
}
