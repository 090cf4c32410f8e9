/** API: NodeRestriction. What the authorizer cannot see: the body a node writes about itself. */
import { type ApiError, forbidden } from '../api/errors.ts';
import type { Node } from '../api/node.ts';
import { leases, nodes } from '../api/resource.ts';
import { sameJson } from '../api/same-json.ts';
import { nodeOf } from '../api/user.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/registry.ts';

/** Labels under this prefix are the administrator's, so that Pods can be kept on nodes that did not name themselves. */
const reserved = 'node-restriction.kubernetes.io/';

function isReserved(key: string): boolean {
  const [prefix = ''] = key.split('/');
  return `${prefix}/` === reserved || `${prefix}/`.endsWith(`.${reserved}`);
}

function reservedLabels(node: Node | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(node?.metadata.labels ?? {}).filter(([key]) => isReserved(key)));
}

function checkNode(request: AdmissionRequest, self: string, refuse: (why: string) => ApiError): void {
  const object = request.object as Node | undefined;
  const old = request.old as Node | undefined;
  if (object?.metadata.name !== self) throw refuse(`is not allowed to modify node "${request.name}"`);
  if (!sameJson(reservedLabels(object), reservedLabels(old))) {
    throw refuse(
      `is not allowed to modify labels: ${Object.keys({ ...reservedLabels(object), ...reservedLabels(old) }).join(', ')}`,
    );
  }
  if (old === undefined) return;
  if (!sameJson(object.spec?.taints ?? [], old.spec?.taints ?? [])) throw refuse('is not allowed to modify taints');
  if (!sameJson(object.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    throw refuse('is not allowed to modify owner references');
  }
}

/** The admission plugin; looks only at what nodes write as themselves. */
export function nodeRestriction(): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: ({ user, operation, info }) =>
      (operation === 'CREATE' || operation === 'UPDATE') &&
      (info.resource === nodes.resource || info.resource === leases.resource) &&
      nodeOf(user) !== undefined,
    validate(request) {
      const self = nodeOf(request.user) ?? '';
      const refuse = (why: string): ApiError => forbidden(request.info, request.name, `node "${self}" ${why}`);
      if (request.info.resource === nodes.resource) checkNode(request, self, refuse);
      else if (request.object?.metadata.name !== self) throw refuse('can only use its own lease');
    },
  };
}
