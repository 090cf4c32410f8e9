/** Roles and ClusterRoles: what may be done. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isPathSegment } from '../../api/names.ts';
import type { ClusterRole, PolicyRule, Role } from '../../api/rbac.ts';
import type { Strategy } from '../kind.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { printEmptyAsNull } from '../empty-list.ts';
import { plainStrategy } from '../plain-strategy.ts';

function validateRule(rule: PolicyRule, path: string, namespaced: boolean, errors: FieldError[]): void {
  if (!rule.verbs?.length) errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
  if (rule.nonResourceURLs?.length) {
    if (namespaced) {
      const why = 'namespaced rules cannot apply to non-resource URLs';
      errors.push(invalid(`${path}.nonResourceURLs`, rule.nonResourceURLs, why));
    }
    if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(`${path}.nonResourceURLs`, rule.nonResourceURLs, why));
    }
    return;
  }
  if (!rule.apiGroups?.length) {
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (!rule.resources?.length) {
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
}

function validateRules(
  rules: readonly PolicyRule[] | null | undefined,
  namespaced: boolean,
  errors: FieldError[],
): void {
  rules?.forEach((rule, index) => {
    validateRule(rule, `rules[${index}]`, namespaced, errors);
  });
}

function validateRole(role: Role): FieldError[] {
  const errors: FieldError[] = [];
  validateRules(role.rules, true, errors);
  return errors;
}

function validateClusterRole(role: ClusterRole): FieldError[] {
  const errors: FieldError[] = [];
  validateRules(role.rules, false, errors);
  if (role.aggregationRule === undefined) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  selectors.forEach((selector, index) => {
    validateLabelSelector(selector, `${path}[${index}]`, errors);
  });
  return errors;
}

const printRules = (role: object): void => printEmptyAsNull(role, 'rules');

const shared = {
  createOnUpdate: true,
  validateName: isPathSegment,
  prepareCreate: printRules,
  prepareUpdate: printRules,
};

/** The strategy of Roles. */
export const roleStrategy: Strategy = plainStrategy<Role>({ ...shared, validateCreate: validateRole });

/** The strategy of ClusterRoles. */
export const clusterRoleStrategy: Strategy = plainStrategy<ClusterRole>({
  ...shared,
  validateCreate: validateClusterRole,
});
