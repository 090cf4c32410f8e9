/** The Namespace. Its phase belongs to the namespace controller. */
import { type Namespace, namespaceFinalizer } from '../../api/config.ts';
import { type FieldError, invalid } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Label } from '../../api/names.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

const nameLabel = 'kubernetes.io/metadata.name';

/** API: every namespace carries its name as a label. */
function setDefaults(namespace: Namespace): void {
  namespace.spec ??= {};
  const { metadata } = namespace;
  if (metadata.name && metadata.labels?.[nameLabel] !== metadata.name) {
    metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
  }
}

function prepareCreate(namespace: Namespace): void {
  const finalizers = namespace.spec.finalizers ?? [];
  if (!finalizers.includes(namespaceFinalizer)) finalizers.push(namespaceFinalizer);
  namespace.spec.finalizers = finalizers;
}

/** Finalizers of the spec are changed through /finalize only. */
function prepareUpdate(namespace: Namespace, old: Namespace): void {
  namespace.spec.finalizers = old.spec.finalizers ?? [];
}

function validate(namespace: Namespace): FieldError[] {
  const errors: FieldError[] = [];
  namespace.spec.finalizers?.forEach((one) => {
    for (const problem of labelKeyErrors(one)) errors.push(invalid('spec.finalizers', one, problem));
    if (!one.includes('/') && one !== namespaceFinalizer && one !== 'orphan' && one !== 'foregroundDeletion') {
      const why = 'name is neither a standard finalizer name nor is it fully qualified';
      errors.push(invalid('spec.finalizers', one, why));
    }
  });
  const label = namespace.metadata.labels?.[nameLabel];
  if (label !== undefined && label !== namespace.metadata.name) {
    errors.push(invalid(`metadata.labels[${nameLabel}]`, label, `must be ${namespace.metadata.name}`));
  }
  return errors;
}

function validateStatusUpdate(namespace: Namespace): FieldError[] {
  const phase = namespace.status?.phase ?? '';
  const going = namespace.metadata.deletionTimestamp !== undefined;
  if (!going && phase !== 'Active') {
    return [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  if (going && phase !== 'Terminating') {
    return [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
  }
  return [];
}

function cells(namespace: Namespace, now: number): TableCell[] {
  return [nameCell(namespace), namespace.status?.phase ?? '', ageCell(namespace, now)];
}

/** The strategy of Namespaces. */
export const namespaceStrategy: Strategy = plainStrategy<Namespace>({
  hasStatus: true,
  newStatus: () => ({ phase: 'Active' }),
  setDefaults,
  prepareCreate,
  prepareUpdate,
  validateCreate: validate,
  validateStatusUpdate,
  validateName: isDns1123Label,
  selectable: ['status.phase', 'name'],
  selectableFields: (namespace) => ({
    'status.phase': namespace.status?.phase ?? '',
    name: namespace.metadata.name ?? '',
  }),
  columns: columnsOf('namespace'),
  cells,
});
