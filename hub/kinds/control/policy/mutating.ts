/** A MutatingAdmissionPolicy, compiled. */
import type { Mutation, MutatingPolicySpec } from '../../../api/admission-policy.ts';
import type { JsonObject } from '../../../api/object.ts';
import { List, Struct, type Value } from '../../../cel/types/value.ts';
import { Activation, policyBudget } from './activation.ts';
import { makeConditions } from './conditions.ts';
import type { AdmissionInput, Mutator, PolicyPatch } from './evaluation.ts';
import { type CompiledVariable, Expressions } from './expressions.ts';
import { jsonOf, misnamed } from './json-value.ts';

/** What the expressions of such a policy may be. */
export const mutatingUses = {
  apply: { returns: ['Object'], authorizer: true, patches: true },
  json: { returns: ['list(JSONPatch)'], authorizer: true, patches: true },
} as const;

function refuseMisnamed(value: Struct): void {
  const faults = misnamed(value, value.type ?? '');
  if (faults.length > 0) throw new Error(`type mismatch: ${faults.join('\n')}`);
}

function configOf(value: Value): PolicyPatch {
  if (!(value instanceof Struct)) throw new Error('unsupported return type from ApplyConfiguration expression');
  refuseMisnamed(value);
  return { is: 'apply', config: jsonOf(value) as JsonObject };
}

function stepOf(step: Value): JsonObject {
  const fields = (step as Struct).fields as ReadonlyMap<string, Value>;
  const value = fields.get('value');
  if (value instanceof Struct && value.type !== undefined) refuseMisnamed(value);
  return jsonOf(step) as JsonObject;
}

function stepsOf(value: Value): PolicyPatch {
  if (!(value instanceof List)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array');
  return { is: 'json', steps: value.items.map(stepOf) };
}

function patchOf(
  mutation: Mutation,
  expressions: Expressions,
  variables: readonly CompiledVariable[],
): Mutator['patches'][number] {
  const isJson = mutation.patchType === 'JSONPatch';
  const text = (isJson ? mutation.jsonPatch : mutation.applyConfiguration)?.expression ?? '';
  const compiled = expressions.compile(text, isJson ? mutatingUses.json : mutatingUses.apply);
  return (input: AdmissionInput) => {
    if (compiled.program === undefined) throw new Error(compiled.fault);
    const value = new Activation(input, variables, policyBudget).evaluate(compiled);
    return isJson ? stepsOf(value) : configOf(value);
  };
}

/** Compiles a policy; what does not compile fails when it is asked. */
export function makeMutator(spec: MutatingPolicySpec): Mutator {
  const params = spec.paramKind !== undefined;
  const conditions = spec.matchConditions?.length ? makeConditions(spec.matchConditions, params) : undefined;
  const expressions = new Expressions({ params }, true);
  const variables = (spec.variables ?? []).map(({ name, expression }) => expressions.variable(name, expression));
  return {
    matches: (input) => conditions === undefined || conditions.match(input),
    patches: (spec.mutations ?? []).map((mutation) => patchOf(mutation, expressions, variables)),
  };
}
