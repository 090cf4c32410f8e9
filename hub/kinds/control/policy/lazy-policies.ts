/** Compiled policies; what compiles them is loaded with the first of those. */
import { createRequire } from 'node:module';
import type { MutatingPolicySpec, ValidatingPolicySpec } from '../../../api/admission-policy.ts';
import type { Mutator, Validator } from './evaluation.ts';

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
