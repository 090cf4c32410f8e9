/** Match conditions of webhooks: CEL about a request, all of which must hold (admissionregistration.k8s.io/v1). */
import type { MatchCondition } from '../../api/webhook.ts';
import { CompilationError, Environment, isRunError, type Program } from '../../cel/environment.ts';
import { bool, dyn, isSimple, listOf, mapOf, string, type Type, typeText } from '../../cel/types/type.ts';
import { List, Struct, type Value } from '../../cel/types/value.ts';
import { anyValue } from '../custom/rule-types.ts';
import type { ConditionInput, ConditionSet } from './condition-set.ts';

/** API: what the conditions of one webhook may cost together for one request. */
const costLimit = 2_500_000;

const object = (name: string, fields: Readonly<Record<string, Type>>): Type => ({
  is: 'object',
  name,
  fields: new Map(Object.entries(fields)),
});
const kindType = object('kubernetes.GroupVersionKind', { group: string, version: string, kind: string });
const resourceType = object('kubernetes.GroupVersionResource', { group: string, version: string, resource: string });
const userType = object('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: listOf(string),
  extra: mapOf(string, listOf(string)),
});
const requestType = object('kubernetes.AdmissionRequest', {
  kind: kindType,
  resource: resourceType,
  subResource: string,
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: userType,
  dryRun: bool,
  options: dyn,
});

const environment = new Environment({
  variables: new Map([
    ['request', requestType],
    ['object', dyn],
    ['oldObject', dyn],
  ]),
});

/** A program, or why there is none. */
function compile(expression: string): Program | string {
  try {
    const program = environment.compile(expression);
    // API: what is only known when it runs is no bool
    return isSimple(program.result, 'bool') ? program : `must evaluate to bool but got ${typeText(program.result)}`;
  } catch (error) {
    if (!(error instanceof CompilationError)) throw error;
    return `compilation failed: ${error.message}`;
  }
}

/** Why an expression is no condition; undefined when it is one. */
export function conditionFault(expression: string): string | undefined {
  const program = compile(expression);
  return typeof program === 'string' ? program : undefined;
}

/** A value as its declared type wants it; what an object does not have is not there. */
function typed(value: unknown, type: Type): Value {
  if (type.is === 'list') return new List(((value ?? []) as unknown[]).map((item) => typed(item, type.item)));
  if (type.is !== 'object') return anyValue(value ?? null);
  const fields = new Map<string, Value>();
  for (const [name, part] of type.fields) {
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined) fields.set(name, typed(field, part));
  }
  return new Struct(fields);
}

/** Compiles the conditions of one webhook; what does not compile fails when it is asked. */
export function makeConditions(conditions: readonly MatchCondition[]): ConditionSet {
  const programs = conditions.map(({ name, expression }) => ({ name, program: compile(expression) }));
  return {
    match(input: ConditionInput) {
      const variables = new Map<string, Value>([
        ['request', typed(input.request, requestType)],
        ['object', anyValue(input.object ?? null)],
        ['oldObject', anyValue(input.oldObject ?? null)],
      ]);
      const budget = { left: costLimit };
      const faults: string[] = [];
      for (const { name, program } of programs) {
        if (typeof program === 'string') {
          faults.push(program);
          continue;
        }
        try {
          // API: one that does not hold wins over others that cannot be worked out
          if (program.run(variables, budget) !== true) return false;
        } catch (error) {
          if (!isRunError(error)) throw error;
          faults.push(`expression '${name}' resulted in error: ${error.message}`);
        }
      }
      if (faults.length > 0) throw new Error(faults.join(', '));
      return true;
    },
  };
}
