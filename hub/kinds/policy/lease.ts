/** The Lease: who holds something, and until when. */
import { type FieldError, invalid } from '../../api/field-error.ts';
import type { Lease } from '../../api/lease.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { nonNegative } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

function validate(lease: Lease): FieldError[] {
  const errors: FieldError[] = [];
  const seconds = lease.spec?.leaseDurationSeconds;
  if (seconds !== undefined && seconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
  }
  nonNegative(lease.spec?.leaseTransitions, 'spec.leaseTransitions', errors);
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
