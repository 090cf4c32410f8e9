/** Which requests a flow schema means: pure. API: flowcontrol.v1 PolicyRulesWithSubjects. */
import type {
  FlowSubject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../../api/flow-control.ts';
import type { User } from '../../api/user.ts';

/** What is asked of a request. `resource` is empty for a path outside the resources. */
export interface Asked {
  readonly verb: string;
  readonly group: string;
  /** `pods` or `pods/log`. */
  readonly resource: string;
  readonly namespace: string;
  readonly path: string;
}

/** True when the list has `value`, or nothing but a star. */
function has(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined) return false;
  return list.includes(value) || (list.length === 1 && list[0] === '*');
}

const isStar = (list: readonly string[] | undefined): boolean => list?.length === 1 && list[0] === '*';

/** True when `user` is one of the subject. */
export function isSubject(subject: FlowSubject, user: User): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name === '*' || subject.user?.name === user.name;
    case 'Group':
      return subject.group?.name === '*' || user.groups.includes(subject.group?.name ?? '');
    case 'ServiceAccount': {
      const { name, namespace } = subject.serviceAccount ?? { name: '', namespace: '' };
      const prefix = `system:serviceaccount:${namespace}:`;
      return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name;
    }
    default:
      return false;
  }
}

function isResource(rule: ResourcePolicyRule, asked: Asked): boolean {
  if (!has(rule.verbs, asked.verb) || !has(rule.resources, asked.resource) || !has(rule.apiGroups, asked.group)) {
    return false;
  }
  return asked.namespace === '' ? rule.clusterScope === true : has(rule.namespaces, asked.namespace);
}

function isPath(rule: NonResourcePolicyRule, asked: Asked): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  return rule.nonResourceURLs.some((url) => {
    if (url === '*' || url === asked.path) return true;
    const prefix = url.endsWith('*') ? url.slice(0, -1) : url;
    return asked.path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
  });
}

/** True when the rule, whose subjects are not looked at, means the request. */
export function isMeant(rule: PolicyRulesWithSubjects, asked: Asked): boolean {
  if (asked.resource === '') return rule.nonResourceRules?.some((one) => isPath(one, asked)) ?? false;
  return rule.resourceRules?.some((one) => isResource(one, asked)) ?? false;
}

/** True when the rule means whatever its subjects ask for. */
export function meansEverything(rule: PolicyRulesWithSubjects): boolean {
  const resources = rule.resourceRules?.some(
    (one) =>
      isStar(one.verbs) &&
      isStar(one.apiGroups) &&
      isStar(one.resources) &&
      isStar(one.namespaces) &&
      one.clusterScope === true,
  );
  const paths = rule.nonResourceRules?.some((one) => isStar(one.verbs) && one.nonResourceURLs.includes('*'));
  return resources === true && paths === true;
}
