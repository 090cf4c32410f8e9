/** Priority classes and runtime classes: names that Pods refer to. */
import type { PriorityClass, RuntimeClass } from '../../api/class.ts';
import { duplicate, type FieldError, forbiddenField } from '../../api/field-error.ts';
import { isDns1123Label } from '../../api/names.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { immutable, named, requiredOneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { validateLabels } from '../metadata.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateResources } from '../pod/validate-resources.ts';
import { validateTolerations } from '../pod/validate-tolerations.ts';

/** API: values above belong to the system. */
const highestUserPriority = 1_000_000_000;
const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
const systemPrefix = 'system-';

/** What is wrong with a class that the system might have. */
function systemProblem(name: string, { value = 0, globalDefault }: PriorityClass): string | undefined {
  const expected = systemClasses[name];
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault === true ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validatePriority(one: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  const name = one.metadata.name ?? '';
  if (name.startsWith(systemPrefix)) {
    const why = systemProblem(name, one);
    if (why !== undefined) {
      const text = "priority class names with 'system-' prefix are reserved for system use only. error: ";
      errors.push(forbiddenField('metadata.name', text + why));
    }
  } else if ((one.value ?? 0) > highestUserPriority) {
    const why = `maximum allowed value of a user defined priority is ${highestUserPriority}`;
    errors.push(forbiddenField('value', why));
  }
  if (one.preemptionPolicy !== undefined) {
    requiredOneOf(one.preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'preemptionPolicy', errors);
  }
  return errors;
}

function validatePriorityUpdate(one: PriorityClass, old: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if ((one.value ?? 0) !== (old.value ?? 0)) errors.push(forbiddenField('value', 'may not be changed in an update.'));
  immutable(one.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy', errors);
  return errors;
}

/** The strategy of PriorityClasses. */
export const priorityClassStrategy: Strategy = plainStrategy<PriorityClass>({
  hasGeneration: true,
  setDefaults: (one) => {
    one.preemptionPolicy ??= 'PreemptLowerPriority';
    one.value ??= 0;
  },
  validateCreate: validatePriority,
  validateUpdate: validatePriorityUpdate,
  columns: columnsOf('priorityClass'),
  cells: (one, now) => [
    nameCell(one),
    one.value ?? 0,
    one.globalDefault ?? false,
    ageCell(one, now),
    one.preemptionPolicy ?? '',
  ],
});

function validateRuntime(one: RuntimeClass): FieldError[] {
  const errors: FieldError[] = [];
  named(isDns1123Label, one.handler ?? '', 'handler', errors);
  // API: what a Pod costs beside its containers is looked at as the limits of one
  const limits = one.overhead?.podFixed;
  if (limits !== undefined) validateResources({ limits }, 'overhead', new Set(), errors);
  if (one.scheduling?.nodeSelector) validateLabels(one.scheduling.nodeSelector, 'scheduling.nodeSelector', errors);
  if (one.scheduling?.tolerations) validateTolerations(one.scheduling.tolerations, 'scheduling.tolerations', errors);
  const seen = new Set<string>();
  one.scheduling?.tolerations?.forEach((toleration, index) => {
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds = null } = toleration;
    const same = JSON.stringify([key, operator, value, effect]);
    // API: a toleration is shown by the names of its fields in Go
    const shown = { Key: key, Operator: operator, Value: value, Effect: effect, TolerationSeconds: tolerationSeconds };
    if (seen.has(same)) errors.push(duplicate(`scheduling.tolerations[${index}]`, shown));
    seen.add(same);
  });
  return errors;
}

function validateRuntimeUpdate(one: RuntimeClass, old: RuntimeClass): FieldError[] {
  const errors: FieldError[] = [];
  immutable(one.handler, old.handler, 'handler', errors);
  return errors;
}

/** The strategy of RuntimeClasses. */
export const runtimeClassStrategy: Strategy = plainStrategy<RuntimeClass>({
  unconditionalUpdate: false,
  validateCreate: validateRuntime,
  validateUpdate: validateRuntimeUpdate,
  columns: columnsOf('runtimeClass'),
  cells: (one, now) => [nameCell(one), one.handler, ageCell(one, now)],
});
