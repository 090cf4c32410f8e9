/** What is wrong with admission policies. */
import type {
  AuditAnnotation,
  MutatingPolicy,
  Mutation,
  PolicySpec,
  Validation,
  ValidatingPolicy,
} from '../../../api/admission-policy.ts';
import type { Condition } from '../../../api/condition.ts';
import { duplicate, type FieldError, invalid, notSupported, required } from '../../../api/field-error.ts';
import { labelKeyErrors } from '../../../api/label.ts';
import { validateConditions } from '../../conditions.ts';
import { named, oneOf, requiredOneOf } from '../../field-checks.ts';
import { validateMatchConditions } from '../validate-rules.ts';
import type { ExpressionUse, PolicyFaults } from './faults.ts';
import { lazyFaults } from './lazy-policies.ts';
import { validateMatch, validateMutatingOperations, validateParamKind } from './validate-match.ts';

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const reservedNames = new Set(
  ['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import'].concat(
    ['let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
  ),
);
const annotationLimit = 20;
/** In bytes. */
const longestAnnotation = 5 * 1024;

/** Checks the expressions of one policy; those of variables first. */
class Checks {
  readonly errors: FieldError[] = [];
  readonly #faults: PolicyFaults;

  constructor(spec: PolicySpec, composed: boolean) {
    this.#faults = lazyFaults(spec, composed);
  }

  /** `shown`: how the expression was written, when it is compiled without the blanks around it. */
  expression(text: string, use: ExpressionUse, path: string, shown = text): void {
    const fault = this.#faults.expression(text, use);
    if (fault !== undefined) this.errors.push(invalid(path, shown, fault));
  }

  variable(name: string, text: string, path: string): void {
    const fault = this.#faults.variable(name, text);
    if (fault !== undefined) this.errors.push(invalid(path, text, fault));
  }
}

/** What both kinds have, up to their variables. */
function validateCommon(spec: PolicySpec, checks: Checks, isMutating: boolean): void {
  const { errors } = checks;
  if (spec.failurePolicy === undefined) errors.push(required('spec.failurePolicy'));
  else oneOf(spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy', errors);
  if (spec.paramKind !== undefined) validateParamKind(spec.paramKind, 'spec.paramKind', errors);
  const { matchConstraints: match } = spec;
  if (match === undefined) errors.push(required('spec.matchConstraints'));
  else {
    validateMatch(match, 'spec.matchConstraints', errors);
    if (!match.resourceRules?.length) errors.push(required('spec.matchConstraints.resourceRules'));
    if (isMutating) validateMutatingOperations(match, 'spec.matchConstraints', errors);
  }
  validateMatchConditions(spec.matchConditions, 'spec.matchConditions', errors, spec.paramKind !== undefined);
  spec.variables?.forEach(({ name, expression }, index) => {
    const path = `spec.variables[${index}]`;
    if (!name?.trim()) errors.push(required(`${path}.name`, 'name is not specified'));
    else if (!/^[_a-zA-Z]\w*$/.test(name) || reservedNames.has(name)) {
      errors.push(invalid(`${path}.name`, name, 'must be a valid CEL identifier'));
    }
    if (!expression?.trim()) errors.push(required(`${path}.expression`, 'expression is not specified'));
    else checks.variable(name, expression, `${path}.expression`);
  });
}

function validateValidation(validation: Validation, path: string, checks: Checks): void {
  const { expression, message, messageExpression, reason } = validation;
  const { errors } = checks;
  if (expression?.trim()) checks.expression(expression, 'validation', `${path}.expression`);
  else errors.push(required(`${path}.expression`, 'expression is not specified'));
  if (messageExpression?.trim()) checks.expression(messageExpression, 'message', `${path}.messageExpression`);
  else if (messageExpression) {
    errors.push(invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  }
  const text = message?.trim() ?? '';
  if (message && text === '') {
    errors.push(invalid(`${path}.message`, message, 'must be non-empty if specified'));
  } else if (/[\n\r]/.test(text)) {
    errors.push(invalid(`${path}.message`, message, 'must not contain line breaks'));
  }
  if (reason !== undefined) oneOf(reason, reasons, `${path}.reason`, errors);
}

function validateAnnotations(annotations: readonly AuditAnnotation[], policy: string, checks: Checks): void {
  const { errors } = checks;
  const path = 'spec.auditAnnotations';
  if (annotations.length > annotationLimit) {
    errors.push(invalid(path, annotations, `must not have more than ${annotationLimit} auditAnnotations`));
  }
  const keys = new Set<string>();
  annotations.forEach(({ key, valueExpression }, index) => {
    const field = `${path}[${index}]`;
    if (policy === '') errors.push(invalid(`${field}.key`, key, 'requires metadata.name be non-empty'));
    else named(labelKeyErrors, `${policy}/${key}`, `${field}.key`, errors);
    const text = valueExpression?.trim() ?? '';
    if (text === '') errors.push(required(`${field}.valueExpression`, 'valueExpression is not specified'));
    else if (Buffer.byteLength(text) > longestAnnotation) {
      errors.push(required(`${field}.valueExpression`, `must not exceed ${longestAnnotation} bytes in length`));
    } else checks.expression(text, 'annotation', `${field}.valueExpression`, valueExpression);
    if (keys.has(key)) errors.push(duplicate(`${field}.key`, key));
    keys.add(key);
  });
}

/** What is wrong with a ValidatingAdmissionPolicy. */
export function validateValidatingPolicy({ metadata, spec = {} }: ValidatingPolicy): FieldError[] {
  const checks = new Checks(spec, Boolean(spec.variables?.length));
  const { validations = [], auditAnnotations = [] } = spec;
  validateCommon(spec, checks, false);
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    checks.errors.push(required('spec.validations', why), required('spec.auditAnnotations', why));
    return checks.errors;
  }
  validations.forEach((validation, index) => {
    validateValidation(validation, `spec.validations[${index}]`, checks);
  });
  validateAnnotations(auditAnnotations, metadata.name ?? '', checks);
  return checks.errors;
}

/** How the two kinds of changes are written: the field that is theirs, and what its expression is for. */
const patchTypes = {
  ApplyConfiguration: { field: 'applyConfiguration', other: 'jsonPatch', use: 'apply' },
  JSONPatch: { field: 'jsonPatch', other: 'applyConfiguration', use: 'json' },
} as const;

function validateMutation(mutation: Mutation, path: string, checks: Checks): void {
  const { errors } = checks;
  const { patchType } = mutation;
  if (!patchType) errors.push(required(`${path}.patchType`));
  else if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch') {
    errors.push(notSupported(`${path}.patchType`, patchType, Object.keys(patchTypes)));
  } else {
    const { field, other, use } = patchTypes[patchType];
    const text = mutation[field]?.expression?.trim() ?? '';
    const when = `be specified when patchType is ${patchType}`;
    if (mutation[field] === undefined) errors.push(required(`${path}.${field}`, `must ${when}`));
    else if (text === '') errors.push(required(`${path}.${field}.expression`));
    else checks.expression(text, use, `${path}.${field}.expression`);
    if (mutation[other] !== undefined) errors.push(invalid(`${path}.${other}`, `{${other}}`, `must not ${when}`));
  }
}

/** What is wrong with a MutatingAdmissionPolicy. */
export function validateMutatingPolicy({ spec = {} }: MutatingPolicy): FieldError[] {
  const checks = new Checks(spec, true);
  const { mutations = [] } = spec;
  validateCommon(spec, checks, true);
  if (mutations.length === 0)
    checks.errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  mutations.forEach((mutation, index) => {
    validateMutation(mutation, `spec.mutations[${index}]`, checks);
  });
  requiredOneOf(spec.reinvocationPolicy, ['IfNeeded', 'Never'], 'spec.reinvocationPolicy', checks.errors);
  return checks.errors;
}

/** What is wrong with the status of a ValidatingAdmissionPolicy. */
export function validatePolicyStatus({ status }: ValidatingPolicy): FieldError[] {
  const errors: FieldError[] = [];
  status?.typeChecking?.expressionWarnings?.forEach(({ warning, fieldRef }, index) => {
    const path = `status.typeChecking.expressionWarnings[${index}]`;
    if (!warning) errors.push(required(`${path}.warning`));
    if (!fieldRef?.trim()) errors.push(required(`${path}.fieldRef`));
  });
  validateConditions(status?.conditions as Condition[] | undefined, 'status.conditions', errors);
  return errors;
}
