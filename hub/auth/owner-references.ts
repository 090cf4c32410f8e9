/** OwnerReferencesPermissionEnforcement: whoever ties an object to an owner may delete it, or hold up the owner. */
import { isDeepStrictEqual } from 'node:util';
import { forbidden } from '../api/errors.ts';
import type { KubeObject, OwnerReference } from '../api/object.ts';
import { parseApiVersion } from '../api/resource.ts';
import type { AdmissionPlugin, AdmissionRequest, Registry } from '../registry/registry.ts';
import type { Access } from '../api/access.ts';
import type { Authorizer } from './auth.ts';

const ownersOf = (object: KubeObject | undefined): readonly OwnerReference[] => object?.metadata.ownerReferences ?? [];

/** Owners whose deletion the object holds up now and did not before. */
function newlyBlocked(object: KubeObject | undefined, old: KubeObject | undefined): OwnerReference[] {
  const before = new Set(
    ownersOf(old)
      .filter((owner) => owner.blockOwnerDeletion === true)
      .map(({ uid }) => uid),
  );
  return ownersOf(object).filter((owner) => owner.blockOwnerDeletion === true && !before.has(owner.uid));
}

/** The plugin; off unless it is switched on. */
export function ownerReferencesEnforcement(options: {
  readonly authorizer: Authorizer;
  readonly catalogue: Registry['catalogue'];
}): AdmissionPlugin {
  const { authorizer, catalogue } = options;

  const refuse = (request: AdmissionRequest, why: string): never => {
    throw forbidden(request.info, request.name || (request.object?.metadata.name ?? ''), why);
  };
  const mustMay = (request: AdmissionRequest, attributes: Omit<Access, 'user'>, why: string): void => {
    const { allowed, reason } = authorizer.authorize({ user: request.user, ...attributes });
    if (!allowed) refuse(request, reason === '' ? why : `${why}: ${reason}`);
  };

  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: ({ operation, object, old, info, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') &&
      !(info.resource === 'pods' && subresource === 'status') &&
      (ownersOf(object).length > 0 || ownersOf(old).length > 0),
    validate(request) {
      const { object, old, operation, info, namespace, name, subresource } = request;
      if (isDeepStrictEqual(ownersOf(object), ownersOf(old))) return;
      const { group, version, resource } = info;
      if (operation === 'UPDATE') {
        const deleting = { verb: 'delete', group, version, resource, subresource, namespace, name };
        mustMay(request, deleting, "cannot set an ownerRef on a resource you can't delete");
      }
      for (const owner of newlyBlocked(object, old)) {
        const about = parseApiVersion(owner.apiVersion);
        const found = catalogue.byKind(about.group, about.version, owner.kind);
        if (found === undefined) {
          const what = `APIVersion ${owner.apiVersion} Kind ${owner.kind}`;
          return refuse(
            request,
            `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for ${what}`,
          );
        }
        const holding = { verb: 'update', ...about, resource: found.resource, subresource: 'finalizers' };
        const where = { namespace: found.namespaced ? namespace : '', name: owner.name };
        const why =
          "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
        mustMay(request, { ...holding, ...where }, why);
      }
    },
  };
}
