/** What a node's agent may do: its own Node, the Pods bound to it, and only what those Pods name. */
import { nodeLeaseNamespace } from '../api/lease.ts';
import type { Pod } from '../api/pod.ts';
import { podReferences, type PodReferences } from '../api/pod-references.ts';
import type { PersistentVolume } from '../api/persistent-volume.ts';
import { persistentVolumes, pods } from '../api/resource.ts';
import { nodeOf } from '../api/user.ts';
import type { Entry, Registry } from '../registry/registry.ts';
import type { Access } from '../api/access.ts';
import type { Decision } from './auth.ts';

/** Where the leases of nodes are kept. */

const reading: readonly string[] = ['get', 'list', 'watch'];
const allowed: Decision = { allowed: true, reason: '' };
const denied = (reason: string): Decision => ({ allowed: false, reason });

/** Looks at one request of `node`. */
type Judge = (request: Access, node: string) => Decision;

/** Resources every node may read, whatever runs on it. */
const readable: ReadonlySet<string> = new Set([
  '/services',
  'discovery.k8s.io/endpointslices',
  'node.k8s.io/runtimeclasses',
  'storage.k8s.io/csidrivers',
]);

/** Decides for nodes; undefined for everybody else. */
export interface NodeAuthorizer {
  authorize(attributes: Access): Decision | undefined;
}

/** API: Node authorization. Nothing is kept but what single (immutable) Pod entries name. */
export function createNodeAuthorizer(registry: Pick<Registry, 'get' | 'podsOnNode'>): NodeAuthorizer {
  const references = new WeakMap<Entry, PodReferences>();
  const referencesOf = (entry: Entry): PodReferences => {
    let found = references.get(entry);
    if (found === undefined) {
      found = podReferences(entry.object<Pod>());
      references.set(entry, found);
    }
    return found;
  };

  const isNamed = (node: string, namespace: string, test: (names: PodReferences) => boolean): boolean =>
    registry.podsOnNode(node).some((entry) => entry.namespace === namespace && test(referencesOf(entry)));
  const unrelated = (node: string): Decision => denied(`no relationship found between node '${node}' and this object`);

  const named =
    (verbs: readonly string[], test: (names: PodReferences, name: string) => boolean): Judge =>
    ({ verb, namespace, name, subresource }, node) => {
      if (subresource !== '' || !verbs.includes(verb)) return denied('can only read resources of this type');
      if (name === '' || namespace === '') return denied('can only read individual resources of this type');
      return isNamed(node, namespace, (names) => test(names, name)) ? allowed : unrelated(node);
    };

  /** API: a node reads the volumes that claims of its Pods are bound to. */
  const judgeVolumes: Judge = ({ verb, name, subresource }, node) => {
    if (subresource !== '' || verb !== 'get' || name === '')
      return denied('can only get individual resources of this type');
    const claim = registry.get(persistentVolumes, '', name)?.object<PersistentVolume>().spec?.claimRef;
    if (claim === undefined) return unrelated(node);
    const isMine = isNamed(node, claim.namespace ?? '', (names) => names.claims.has(claim.name ?? ''));
    return isMine ? allowed : unrelated(node);
  };

  const judgePods: Judge = ({ verb, namespace, name, subresource }, node) => {
    const isMine = registry.get(pods, namespace, name)?.object<Pod>().spec.nodeName === node;
    const verbs: Record<string, readonly string[]> = {
      '': ['get', 'watch', 'delete'],
      status: ['get', 'update', 'patch'],
      eviction: ['create'],
    };
    if (verbs[subresource]?.includes(verb) !== true) return denied(`node '${node}' may not do this to pods`);
    return isMine ? allowed : unrelated(node);
  };

  const judgeNodes: Judge = ({ verb, name, subresource }, node) => {
    if (verb === 'create' && subresource === '' && (name === '' || name === node)) return allowed;
    if (name !== node) return denied(`node '${node}' may only use its own Node`);
    const isPlain = subresource === '' && ['get', 'watch', 'update', 'patch'].includes(verb);
    const isStatus = subresource === 'status' && ['get', 'update', 'patch'].includes(verb);
    return isPlain || isStatus ? allowed : denied(`node '${node}' may not do this to its Node`);
  };

  const judgeLeases: Judge = ({ verb, namespace, name, subresource }, node) => {
    if (namespace !== nodeLeaseNamespace || subresource !== '') return denied('can only use leases of nodes');
    if (verb === 'create' && name === '') return allowed;
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return denied('can only use its own lease');
    return name === node ? allowed : denied('can only use its own lease');
  };

  const judgeTokens: Judge = ({ verb, namespace, name, subresource }, node) => {
    if (subresource !== 'token' || verb !== 'create')
      return denied('can only create tokens for individual service accounts');
    return isNamed(node, namespace, (names) => names.serviceAccount === name) ? allowed : unrelated(node);
  };

  const judgeEvents: Judge = ({ verb }, node) =>
    ['create', 'update', 'patch'].includes(verb) ? allowed : denied(`node '${node}' may not read events`);

  /** API: a node asks for certificates of its own; somebody has to approve them. */
  const judgeRequests: Judge = ({ verb, subresource }, node) =>
    subresource === '' && (verb === 'create' || reading.includes(verb))
      ? allowed
      : denied(`node '${node}' may only make and read certificate requests`);

  const judges = new Map<string, Judge>([
    ['/secrets', named(reading, (names, name) => names.secrets.has(name))],
    ['/configmaps', named(reading, (names, name) => names.configMaps.has(name))],
    ['/persistentvolumeclaims', named(['get'], (names, name) => names.claims.has(name))],
    ['/persistentvolumes', judgeVolumes],
    ['/pods', judgePods],
    ['/nodes', judgeNodes],
    ['coordination.k8s.io/leases', judgeLeases],
    ['/serviceaccounts', judgeTokens],
    ['certificates.k8s.io/certificatesigningrequests', judgeRequests],
    ['/events', judgeEvents],
    ['events.k8s.io/events', judgeEvents],
  ]);

  return {
    authorize(attributes) {
      const node = nodeOf(attributes.user);
      if (node === undefined || attributes.path !== undefined) return undefined;
      const key = `${attributes.group}/${attributes.resource}`;
      if (readable.has(key) && attributes.subresource === '' && reading.includes(attributes.verb)) return allowed;
      return judges.get(key)?.(attributes, node);
    },
  };
}
