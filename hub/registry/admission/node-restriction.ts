/** NodeRestriction: the agent of a node changes its own Node, its own Lease and the Pods bound to it, nothing else. */
import { nodeLeaseNamespace } from '../../api/lease.ts';
import type { Node } from '../../api/node.ts';
import type { Pod } from '../../api/pod.ts';
import { podReferences } from '../../api/pod-references.ts';
import { pods } from '../../api/resource.ts';
import { configMirrorAnnotation } from '../../api/static-pod.ts';
import { sameJson } from '../../api/same-json.ts';
import { nodeOf } from '../../api/user.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, type Reader } from './forbid.ts';
import { changedLabels, isRestrictedLabel } from './node-labels.ts';

const watched: ReadonlySet<string> = new Set(['pods', 'nodes', 'leases', 'csinodes']);

/** The plugin. */
export class NodeRestriction implements AdmissionPlugin {
  readonly name = 'NodeRestriction';
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  handles(request: AdmissionRequest): boolean {
    return watched.has(request.info.resource) && nodeOf(request.user) !== undefined;
  }

  validate(request: AdmissionRequest): void {
    const node = nodeOf(request.user);
    if (node === undefined) return;
    const refuse = (why: string): never => {
      throw forbid(request, why);
    };
    switch (request.info.resource) {
      case 'pods':
        return this.#pod(request, node, refuse);
      case 'nodes':
        return checkNode(request, node, refuse);
      case 'leases':
        return checkLease(request, node, refuse);
      default:
        if (request.name !== node) refuse('can only access CSINode with the same name as the requesting node');
    }
  }

  #pod(request: AdmissionRequest, node: string, refuse: Refuse): void {
    const quoted = JSON.stringify(node);
    const bound = (pod: Pod | undefined): boolean => pod?.spec.nodeName === node;
    switch (request.subresource) {
      case '':
        if (request.operation === 'CREATE') return checkMirror(request.object as unknown as Pod, node, refuse);
        if (request.operation !== 'DELETE') return refuse(`unexpected operation ${JSON.stringify(request.operation)}`);
        if (!bound(this.#current(request))) {
          refuse(`node ${quoted} can only delete pods with spec.nodeName set to itself`);
        }
        return;
      case 'status':
        if (!bound(request.old as unknown as Pod)) {
          refuse(`node ${quoted} can only update pod status for pods with spec.nodeName set to itself`);
        }
        if (!sameJson(request.old?.metadata.labels ?? {}, request.object?.metadata.labels ?? {})) {
          refuse(`node ${quoted} cannot update labels through pod status`);
        }
        return;
      case 'eviction':
        if (!bound(this.#current(request))) {
          refuse(`node ${node} can only evict pods with spec.nodeName set to itself`);
        }
        return;
      default:
        refuse(`unexpected pod subresource ${JSON.stringify(request.subresource)}`);
    }
  }

  #current(request: AdmissionRequest): Pod | undefined {
    return (
      (request.old as unknown as Pod | undefined) ??
      this.#reader.get(pods, request.namespace, request.name)?.object<Pod>()
    );
  }
}

type Refuse = (why: string) => never;

function checkMirror(pod: Pod, node: string, refuse: Refuse): void {
  const quoted = JSON.stringify(node);
  if (pod.metadata.annotations?.[configMirrorAnnotation] === undefined) {
    refuse(
      `pod does not have ${JSON.stringify(configMirrorAnnotation)} annotation, node ${quoted} can only create mirror pods`,
    );
  }
  if (pod.spec.nodeName !== node) refuse(`node ${quoted} can only create pods with spec.nodeName set to itself`);
  const owners = pod.metadata.ownerReferences ?? [];
  const [owner] = owners;
  if (owners.length > 1) refuse(`node ${quoted} can only create pods with a single owner reference set to itself`);
  if (owner === undefined) return refuse(`node ${quoted} can only create pods with an owner reference set to itself`);
  if (owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    refuse(`node ${quoted} can only create pods with an owner reference set to itself`);
  }
  if (owner.controller !== true) {
    refuse(`node ${quoted} can only create pods with a controller owner reference set to itself`);
  }
  checkReads(pod, quoted, refuse);
}

/** API: a Pod an agent makes must not let it read what it could not read before. */
function checkReads(pod: Pod, quoted: string, refuse: Refuse): void {
  if ((pod.spec.serviceAccountName ?? '') !== '') {
    refuse(`node ${quoted} can not create pods that reference a service account`);
  }
  const { secrets, configMaps, claims } = podReferences(pod);
  if (secrets.size > 0) refuse(`node ${quoted} can not create pods that reference secrets`);
  if (configMaps.size > 0) refuse(`node ${quoted} can not create pods that reference configmaps`);
  if (claims.size > 0) refuse(`node ${quoted} can not create pods that reference persistentvolumeclaims`);
}

function checkNode(request: AdmissionRequest, node: string, refuse: Refuse): void {
  const object = request.object as unknown as Node | undefined;
  const old = request.old as unknown as Node | undefined;
  const name = request.name || object?.metadata.name || '';
  if (name !== node) {
    refuse(`node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
  }
  if (object === undefined || request.operation === 'DELETE') return;
  const labels = changedLabels(old?.metadata.labels ?? {}, object.metadata.labels ?? {}).filter(isRestrictedLabel);
  if (request.operation === 'CREATE') {
    if (labels.length > 0) refuse(`is not allowed to set the following labels: ${labels.join(', ')}`);
    return;
  }
  if (!sameJson(old?.spec?.taints ?? [], object.spec?.taints ?? [])) {
    refuse(`node ${JSON.stringify(node)} is not allowed to modify taints`);
  }
  if (labels.length > 0) refuse(`is not allowed to modify labels: ${labels.join(', ')}`);
  if (!sameJson(old?.metadata.ownerReferences ?? [], object.metadata.ownerReferences ?? [])) {
    refuse(`node ${JSON.stringify(node)} is not allowed to modify ownerReferences`);
  }
}

function checkLease(request: AdmissionRequest, node: string, refuse: Refuse): void {
  if (request.namespace !== nodeLeaseNamespace) {
    refuse(`can only access leases in the ${JSON.stringify(nodeLeaseNamespace)} system namespace`);
  }
  const name = request.name || request.object?.metadata.name;
  if (name !== node) refuse('can only access node lease with the same name as the requesting node');
}
