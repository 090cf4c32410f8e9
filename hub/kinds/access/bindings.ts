/** RoleBindings and ClusterRoleBindings: who may do it. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain, isPathSegment } from '../../api/names.ts';
import type { ClusterRoleBinding, RoleBinding, Subject } from '../../api/rbac.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { named, oneOf, sameValue } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

const group = 'rbac.authorization.k8s.io';

type Binding = RoleBinding | ClusterRoleBinding;

function setDefaults(binding: Binding): void {
  binding.roleRef ??= { kind: '', name: '' };
  if (!binding.roleRef.apiGroup) binding.roleRef.apiGroup = group;
  for (const subject of binding.subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = group;
  }
}

function validateSubject(subject: Subject, path: string, namespaced: boolean, errors: FieldError[]): void {
  if (!subject.name) errors.push(required(`${path}.name`));
  switch (subject.kind) {
    case 'ServiceAccount':
      if (subject.name) named(isDns1123Subdomain, subject.name, `${path}.name`, errors);
      if (subject.apiGroup) oneOf(subject.apiGroup, [''], `${path}.apiGroup`, errors);
      if (!namespaced && !subject.namespace) errors.push(required(`${path}.namespace`));
      break;
    case 'User':
    case 'Group':
      oneOf(subject.apiGroup, [group], `${path}.apiGroup`, errors);
      break;
    default:
      oneOf(subject.kind, ['ServiceAccount', 'User', 'Group'], `${path}.kind`, errors);
  }
}

function validate(namespaced: boolean): (binding: Binding) => FieldError[] {
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return (binding) => {
    const errors: FieldError[] = [];
    const { roleRef } = binding;
    if (roleRef.apiGroup !== group) oneOf(roleRef.apiGroup, [group], 'roleRef.apiGroup', errors);
    oneOf(roleRef.kind, kinds, 'roleRef.kind', errors);
    if (!roleRef.name) errors.push(required('roleRef.name'));
    else named(isPathSegment, roleRef.name, 'roleRef.name', errors);
    binding.subjects?.forEach((subject, index) => {
      validateSubject(subject, `subjects[${index}]`, namespaced, errors);
    });
    return errors;
  };
}

/** API: a binding never comes to mean another role. */
function validateUpdate(namespaced: boolean): (binding: Binding, old: Binding) => FieldError[] {
  const check = validate(namespaced);
  return (binding, old) => {
    const errors = check(binding);
    if (!sameValue(binding.roleRef, old.roleRef)) {
      errors.push(invalid('roleRef', binding.roleRef, 'cannot change roleRef'));
    }
    return errors;
  };
}

function cells(binding: Binding, now: number): TableCell[] {
  const of = (kind: string): Subject[] => (binding.subjects ?? []).filter((subject) => subject.kind === kind);
  const accounts = of('ServiceAccount').map((one) => (one.namespace ? `${one.namespace}/${one.name}` : `/${one.name}`));
  return [
    nameCell(binding),
    `${binding.roleRef.kind}/${binding.roleRef.name}`,
    ageCell(binding, now),
    of('User')
      .map((one) => one.name)
      .join(', '),
    of('Group')
      .map((one) => one.name)
      .join(', '),
    accounts.join(', '),
  ];
}

function strategy(namespaced: boolean): Strategy {
  return plainStrategy<Binding>({
    createOnUpdate: true,
    validateName: isPathSegment,
    setDefaults,
    validateCreate: validate(namespaced),
    validateUpdate: validateUpdate(namespaced),
    columns: columnsOf(namespaced ? 'roleBinding' : 'clusterRoleBinding'),
    cells,
  });
}

/** The strategy of RoleBindings. */
export const roleBindingStrategy: Strategy = strategy(true);

/** The strategy of ClusterRoleBindings. */
export const clusterRoleBindingStrategy: Strategy = strategy(false);
