/** What is wrong with the policies of a Job: what failures mean, and when it has done enough. */
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../../api/batch.ts';
import { duplicate, type FieldError, invalid, required, tooLong, tooMany, valueless } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { named, nonNegative, oneOf } from '../field-checks.ts';
import { readIndexes } from './index-list.ts';

const mostRules = 20;
const mostCodes = 255;
const mostPatterns = 20;
/** API: bytes of one list of indexes. */
const longestIndexes = 64 * 1024;

/** A value of a closed list, whose absence is told with the list as Go prints it. */
function chosen(value: string | undefined, allowed: readonly string[], path: string, errors: FieldError[]): void {
  if (value) oneOf(value, allowed, path, errors);
  else errors.push(required(path, `valid values: [${allowed.map((one) => JSON.stringify(one)).join(' ')}]`));
}

function validateCodes(
  codes: PodFailurePolicyOnExitCodesRequirement,
  spec: JobSpec,
  path: string,
  errors: FieldError[],
): void {
  chosen(codes.operator, ['In', 'NotIn'], `${path}.operator`, errors);
  const { containers, initContainers } = spec.template.spec ?? {};
  const name = codes.containerName ?? undefined;
  if (
    name !== undefined &&
    ![...(containers ?? []), ...(initContainers ?? [])].some((container) => container.name === name)
  ) {
    const why = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, name, why));
  }
  const values = codes.values ?? [];
  if (values.length < 1) errors.push(invalid(`${path}.values`, values, 'at least one value is required'));
  else if (values.length > mostCodes) errors.push(tooMany(`${path}.values`, values.length, mostCodes));
  let ordered = true;
  const seen = new Set<number>();
  values.forEach((value, index) => {
    if (codes.operator === 'In' && value === 0) {
      errors.push(invalid(`${path}.values[${index}]`, value, 'must not be 0 for the In operator'));
    }
    if (seen.has(value)) errors.push(duplicate(`${path}.values[${index}]`, value));
    seen.add(value);
    if (index > 0 && value < (values[index - 1] ?? 0)) ordered = false;
  });
  if (!ordered) errors.push(invalid(`${path}.values`, values, 'must be ordered'));
}

function validateFailureRule(rule: PodFailurePolicyRule, spec: JobSpec, path: string, errors: FieldError[]): void {
  if (rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(`${path}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'));
  } else chosen(rule.action, ['Count', 'FailIndex', 'FailJob', 'Ignore'], `${path}.action`, errors);
  const { onExitCodes } = rule;
  const onPodConditions = rule.onPodConditions ?? [];
  if (onExitCodes) validateCodes(onExitCodes, spec, `${path}.onExitCodes`, errors);
  if (onPodConditions.length > mostPatterns) {
    errors.push(tooMany(`${path}.onPodConditions`, onPodConditions.length, mostPatterns));
  }
  onPodConditions.forEach((condition, index) => {
    const at = `${path}.onPodConditions[${index}]`;
    named(labelKeyErrors, condition.type ?? '', `${at}.type`, errors);
    chosen(condition.status, ['False', 'True', 'Unknown'], `${at}.status`, errors);
  });
  if (onExitCodes && onPodConditions.length > 0) {
    errors.push(valueless(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(valueless(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
}

/** The policy for failed Pods at `path`. */
export function validateFailurePolicy(spec: JobSpec, path: string, errors: FieldError[]): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > mostRules) errors.push(tooMany(`${path}.rules`, rules.length, mostRules));
  rules.forEach((rule, index) => {
    validateFailureRule(rule, spec, `${path}.rules[${index}]`, errors);
  });
}

function validateSuccessRule(rule: SuccessPolicyRule, completions: number, path: string, errors: FieldError[]): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined) {
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  let total = 0;
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (indexes.length > longestIndexes) errors.push(tooLong(at, longestIndexes));
    const read = readIndexes(indexes, completions);
    if (typeof read === 'number') total = read;
    else errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${read}`));
  }
  if (count === undefined) return;
  const at = `${path}.succeededCount`;
  nonNegative(count, at, errors);
  if (count > completions) {
    const why = `must be less than or equal to ${completions} (the number of specified completions)`;
    errors.push(invalid(at, count, why));
  }
  if (indexes !== undefined && count > total) {
    const why = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    errors.push(invalid(at, count, why));
  }
}

/** The policy of success at `path`. API: only Jobs that count their completions by index have one. */
export function validateSuccessPolicy(spec: JobSpec, path: string, errors: FieldError[]): void {
  const policy = spec.successPolicy;
  if (policy === undefined) return;
  if (spec.completionMode !== 'Indexed') {
    errors.push(invalid(path, policy, 'requires indexed completion mode'));
    return;
  }
  const rules = policy.rules ?? [];
  if (rules.length === 0) {
    errors.push(required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified'));
  }
  if (rules.length > mostRules) errors.push(tooMany(`${path}.rules`, rules.length, mostRules));
  rules.forEach((rule, index) => {
    validateSuccessRule(rule, spec.completions ?? 0, `${path}.rules[${index}]`, errors);
  });
}
