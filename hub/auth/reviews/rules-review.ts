/** authorization.k8s.io/v1 SelfSubjectRulesReview: everything the sender may do in a namespace. */
import { badRequest } from '../../api/errors.ts';
import type { KubeObject } from '../../api/object.ts';
import { mastersGroup, nodeOf } from '../../api/user.ts';
import type { VirtualResource } from '../auth.ts';
import { joinErrors, type Rbac } from '../rbac.ts';
import { answered, specOf, textIn } from './review.ts';

/** The review. API: `incomplete` when somebody other than RBAC decides too. */
export function rulesReview(rbac: Pick<Rbac, 'rulesFor'>): VirtualResource {
  return {
    group: 'authorization.k8s.io',
    resource: 'selfsubjectrulesreviews',
    subresource: '',
    create({ body, user }) {
      const namespace = textIn(specOf(body), 'namespace');
      if (namespace === '') throw badRequest('no namespace on request');
      const { rules, errors } = rbac.rulesFor(user, namespace);
      const all = user.groups.includes(mastersGroup)
        ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }, ...rules]
        : rules;
      const resourceRules = all
        .filter((rule) => (rule.resources ?? []).length > 0)
        .map(({ verbs, apiGroups, resources, resourceNames = [] }) => ({
          verbs,
          apiGroups: apiGroups ?? [],
          resources,
          ...(resourceNames.length === 0 ? {} : { resourceNames }),
        }));
      const nonResourceRules = all
        .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
      // API: the answer is an object of its own, without what was asked
      const { apiVersion, kind } = body;
      return answered({ apiVersion, kind, metadata: {} } as KubeObject, {
        resourceRules,
        nonResourceRules,
        incomplete: nodeOf(user) !== undefined || errors.length > 0,
        ...(errors.length === 0 ? {} : { evaluationError: joinErrors(errors) }),
      });
    },
  };
}
