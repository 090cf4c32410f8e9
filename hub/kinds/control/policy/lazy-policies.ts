/** Compiled policies; what compiles them is loaded with the first of those. */
import { createRequire } from 'node:module';
import type {
  ExpressionWarning,
  MutatingPolicySpec,
  PolicySpec,
  ValidatingPolicySpec,
} from '../../../api/admission-policy.ts';
import type { Catalogue } from '../../kind.ts';
import type { Schemas } from '../../schema.ts';
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

/** Checks the expressions of validating policies against the types of what they match. */
export function lazyTypeCheck(
  catalogue: Catalogue,
  schemas: Schemas,
): (spec: ValidatingPolicySpec) => readonly ExpressionWarning[] {
  let checker: import('./type-check.ts').TypeChecker | undefined;
  return (spec) => {
    const { TypeChecker } = require('./type-check.ts') as typeof import('./type-check.ts');
    checker ??= new TypeChecker(catalogue, schemas);
    return checker.check(spec);
  };
}
