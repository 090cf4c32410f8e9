/** The Lease: who holds something, and until when. */
import { type FieldError, forbiddenField, invalid } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import type { Lease } from '../../api/lease.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { named, nonNegative, oneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

/** How the holder of a lease is chosen. API: a fault is told of a field of that name below it. */
export function validateLeaseStrategy(strategy: string, path: string, errors: FieldError[]): void {
  const field = `${path}.strategy`;
  if (strategy.includes('/')) named(labelKeyErrors, strategy, field, errors);
  else oneOf(strategy, ['OldestEmulationVersion'], field, errors);
}

function validate(lease: Lease): FieldError[] {
  const errors: FieldError[] = [];
  const seconds = lease.spec?.leaseDurationSeconds;
  if (seconds !== undefined && seconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
  }
  nonNegative(lease.spec?.leaseTransitions, 'spec.leaseTransitions', errors);
  const { strategy, preferredHolder } = lease.spec ?? {};
  if (strategy !== undefined) validateLeaseStrategy(strategy, 'spec.strategy', errors);
  if (preferredHolder && !strategy) {
    errors.push(forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  }
  return errors;
}

/** The strategy of Leases. */
export const leaseStrategy: Strategy = plainStrategy<Lease>({
  createOnUpdate: true,
  unconditionalUpdate: false,
  setDefaults: (lease) => {
    lease.spec ??= {};
  },
  validateCreate: validate,
  columns: columnsOf('lease'),
  cells: (lease, now) => [nameCell(lease), lease.spec?.holderIdentity ?? '', ageCell(lease, now)],
});
