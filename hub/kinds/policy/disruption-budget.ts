/** The PodDisruptionBudget: how many Pods may be away at once. Its status belongs to the disruption controller. */
import type { PodDisruptionBudget } from '../../api/disruption.ts';
import { type FieldError, invalid } from '../../api/field-error.ts';
import { isPathSegment } from '../../api/names.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { validateConditions } from '../conditions.ts';
import { atMostAll, countOrPercent, nonNegative, oneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';

function validate(budget: PodDisruptionBudget): FieldError[] {
  const errors: FieldError[] = [];
  const spec = budget.spec ?? {};
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    countOrPercent(spec[field], `spec.${field}`, errors);
    atMostAll(spec[field], `spec.${field}`, errors);
  }
  validateLabelSelector(spec.selector, 'spec.selector', errors);
  if (spec.unhealthyPodEvictionPolicy !== undefined) {
    const allowed = ['AlwaysAllow', 'IfHealthyBudget'];
    oneOf(spec.unhealthyPodEvictionPolicy, allowed, 'spec.unhealthyPodEvictionPolicy', errors);
  }
  return errors;
}

function validateStatusUpdate(budget: PodDisruptionBudget): FieldError[] {
  const errors: FieldError[] = [];
  validateConditions(budget.status?.conditions, 'status.conditions', errors);
  const fields = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;
  for (const field of fields) nonNegative(budget.status?.[field], `status.${field}`, errors);
  return errors;
}

function cells(budget: PodDisruptionBudget, now: number): TableCell[] {
  return [
    nameCell(budget),
    String(budget.spec?.minAvailable ?? 'N/A'),
    String(budget.spec?.maxUnavailable ?? 'N/A'),
    budget.status?.disruptionsAllowed ?? 0,
    ageCell(budget, now),
  ];
}

/** The strategy of PodDisruptionBudgets. */
export const disruptionBudgetStrategy: Strategy = plainStrategy<PodDisruptionBudget>({
  hasGeneration: true,
  hasStatus: true,
  unconditionalUpdate: false,
  // API: of the name nothing is asked but that it can stand in a path
  validateName: isPathSegment,
  newStatus: () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
  setDefaults: (budget) => {
    budget.spec ??= {};
  },
  validateCreate: validate,
  validateStatusUpdate,
  columns: columnsOf('podDisruptionBudget'),
  cells,
});
