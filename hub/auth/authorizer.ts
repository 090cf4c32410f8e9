/** The authorizer requests meet: masters, then the node rules, then RBAC; and the refusal in Kubernetes' words. */
import { ApiError, forbidden } from '../api/errors.ts';
import { mastersGroup } from '../api/user.ts';
import type { Attributes, Authorizer, Decision } from './auth.ts';
import type { NodeAuthorizer } from './node-authorizer.ts';

const master: Decision = { allowed: true, reason: '' };

/** The first who allows wins; reasons of all who refuse are told, one a line. */
export function createAuthorizer(parts: { readonly nodes: NodeAuthorizer; readonly rbac: Authorizer }): Authorizer {
  return {
    authorize(attributes) {
      if (attributes.user.groups.includes(mastersGroup)) return master;
      const byNode = parts.nodes.authorize(attributes);
      if (byNode?.allowed === true) return byNode;
      const byRbac = parts.rbac.authorize(attributes);
      if (byNode === undefined || byRbac.allowed) return byRbac;
      return { allowed: false, reason: [byNode.reason, byRbac.reason].filter((text) => text !== '').join('\n') };
    },
  };
}

/** 403 for a request: `User "ann" cannot get resource "pods" in API group "" in the namespace "default"`. */
export function refusal(attributes: Attributes, decision: Decision): ApiError {
  const { user, verb, path, resource, subresource, group, namespace, name } = attributes;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  const behind = decision.reason === '' ? '' : `: ${decision.reason}`;
  if (path !== undefined) {
    return new ApiError('Forbidden', `forbidden: ${who} path ${JSON.stringify(path)}${behind}`, { details: {} });
  }
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}${behind}`;
  return forbidden({ group, resource }, name, why);
}
