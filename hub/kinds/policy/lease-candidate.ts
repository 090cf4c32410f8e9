/** The LeaseCandidate: who would hold a lease, and in which version. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { configKeyErrors } from '../config/data-keys.ts';
import { immutable } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateLeaseStrategy } from './lease.ts';

interface LeaseCandidate extends KubeObject {
  spec?: { leaseName?: string; binaryVersion?: string; emulationVersion?: string; strategy?: string };
}

const form =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** The three numbers of a version; undefined when it is none. */
function numbers(version: string): number[] | undefined {
  return form.exec(version)?.slice(1, 4).map(Number);
}

function isBefore(left: readonly number[], right: readonly number[]): boolean {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}

function validateVersions(binary: string, emulated: string, errors: FieldError[]): void {
  const why = 'must be a valid semantic version';
  const mine = numbers(binary);
  const other = numbers(emulated);
  if (emulated !== '' && other === undefined) errors.push(invalid('spec.emulationVersion', emulated, why));
  if (binary === '') errors.push(required('spec.binaryVersion'));
  else if (mine === undefined) errors.push(invalid('spec.binaryVersion', binary, why));
  if (binary === '' || emulated === '' || !isBefore(mine ?? [0, 0, 0], other ?? [0, 0, 0])) return;
  errors.push(invalid('spec.binaryVersion', binary, 'must be greater than or equal to `emulationVersion`'));
}

function validate({ spec = {} }: LeaseCandidate): FieldError[] {
  const errors: FieldError[] = [];
  const { leaseName, binaryVersion = '', emulationVersion = '', strategy = '' } = spec;
  if (!leaseName) errors.push(required('spec.leaseName'));
  validateVersions(binaryVersion, emulationVersion, errors);
  if (strategy === '') errors.push(required('spec.strategy'));
  else {
    const zero = (numbers(emulationVersion) ?? [0, 0, 0]).every((part) => part === 0);
    if (strategy === 'OldestEmulationVersion' && zero) {
      const why = "must be specified when `strategy` is 'OldestEmulationVersion'";
      errors.push(required('spec.emulationVersion', why));
    }
    validateLeaseStrategy(strategy, 'spec.strategy', errors);
  }
  return errors;
}

function validateUpdate(candidate: LeaseCandidate, old: LeaseCandidate): FieldError[] {
  const errors = validate(candidate);
  immutable(candidate.spec?.leaseName, old.spec?.leaseName, 'spec.leaseName', errors);
  return errors;
}

/** The strategy of LeaseCandidates. */
export const leaseCandidateStrategy: Strategy = plainStrategy<LeaseCandidate>({
  createOnUpdate: true,
  unconditionalUpdate: false,
  validateName: configKeyErrors,
  validateCreate: validate,
  validateUpdate,
  columns: columnsOf('leaseCandidate'),
  cells: (candidate, now) => {
    const { leaseName = '', binaryVersion = '', emulationVersion = '' } = candidate.spec ?? {};
    return [nameCell(candidate), leaseName, binaryVersion, emulationVersion, ageCell(candidate, now)];
  },
});
