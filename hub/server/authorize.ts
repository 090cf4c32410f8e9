/** May they: a request's attributes, and the refusal Kubernetes' clients print. */
import { ApiError, forbidden } from '../api/errors.ts';
import type { User } from '../api/user.ts';
import type { Access } from '../api/access.ts';
import type { Authorizer } from '../auth/auth.ts';
import type { Audited } from './audit/audited.ts';
import type { Call } from './call.ts';
import { parseFieldSelector } from '../api/selector.ts';

/** What `call` wants to do, as API RequestInfo says it. */
export function attributesOf(call: Call): Access {
  const { target, user } = call;
  if (target === undefined) return pathAttributes(user, call.method.toLowerCase(), call.path);
  return {
    user,
    verb: call.verb,
    group: target.group,
    version: target.version,
    resource: target.resource,
    subresource: target.subresource,
    // API: a request about a Namespace is one in that namespace.
    namespace: target.resource === 'namespaces' && target.group === '' ? target.name : target.namespace,
    name: target.name === '' ? selectedName(call) : target.name,
  };
}

/** API: a list, watch or deletecollection of metadata.name=x is judged as one of the object x. */
function selectedName(call: Call): string {
  if (call.search === '' || !call.search.includes('fieldSelector')) return '';
  const text = call.query.get('fieldSelector');
  if (text === null || !text.includes('metadata.name')) return '';
  try {
    return parseFieldSelector(text).find((term) => term.field === 'metadata.name' && term.equal)?.value ?? '';
  } catch {
    return '';
  }
}

/** The access to a path outside the resources. */
function pathAttributes(user: User, verb: string, path: string): Access {
  return { user, verb, group: '', version: '', resource: '', subresource: '', namespace: '', name: '', path };
}

/** Throws ApiError Forbidden unless `authorizer` allows it; tells the audit log what was decided. */
export function mustBeAllowed(authorizer: Authorizer, attributes: Access, audit?: Audited): void {
  const decision = authorizer.authorize(attributes);
  audit?.decided(decision);
  if (!decision.allowed) throw refusal(attributes, decision.reason);
}

/** The 403 of a refused request. */
function refusal(attributes: Access, reason: string): ApiError {
  const because = reason === '' ? '' : `: ${reason}`;
  const user = JSON.stringify(attributes.user.name);
  if (attributes.path !== undefined) {
    const text = `forbidden: User ${user} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}${because}`;
    return new ApiError('Forbidden', text, { details: {} });
  }
  const { subresource, verb, group, namespace } = attributes;
  const resource = subresource === '' ? attributes.resource : `${attributes.resource}/${subresource}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const what = `${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${scope}`;
  const about = { group, resource: attributes.resource };
  return forbidden(about, attributes.name, `User ${user} cannot ${what}${because}`);
}
