/** The authorizer requests meet: masters, then the node rules, then RBAC. */
import { mastersGroup } from '../api/user.ts';
import type { Authorizer, Decision } from './auth.ts';
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
