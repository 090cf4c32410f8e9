/** Compiled policies; what compiles them is loaded with the first of those. */
import { createRequire } from 'node:module';
import type { MutatingPolicySpec, PolicySpec, ValidatingPolicySpec } from '../../../api/admission-policy.ts';
import type { Mutator, Validator } from './evaluation.ts';
import type { PolicyFaults } from './faults.ts';

/** Loads synchronously, because validation is. */
const require = createRequire(import.meta.url);

/** Compiles a validating policy; what does not compile fails when it is asked. */
export function lazyValidator(spec: ValidatingPolicySpec): Validator {
  return (require('./validating.ts') as typeof import('./validating.ts')).makeValidator(spec);
}

/** Compiles a mutating policy; what does not compile fails when it is asked. */
export function lazyMutator(spec: MutatingPolicySpec): Mutator {
  return (require('./mutating.ts') as typeof import('./mutating.ts')).makeMutator(spec);
}

/** Compiles the expressions of a policy to see what is wrong with them. `composed`: variables may be named. */
export function lazyFaults(spec: PolicySpec, composed: boolean): PolicyFaults {
  return new (require('./faults.ts') as typeof import('./faults.ts')).PolicyFaults(spec, composed);
}
