/** What is wrong with a Job, and what may change in one. */
import type { Job, JobSpec, PodFailurePolicyRule } from '../../api/batch.ts';
import { duplicate, type FieldError, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Label } from '../../api/names.ts';
import { immutable, named, nonNegative, oneOf, sameValue } from '../field-checks.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { validatePodTemplate, validateSelected, validateStatusCounts } from './validate-template.ts';

const mostIndexedParallel = 100_000;
const restartText = 'valid values: "OnFailure", "Never"';
const controllerLabel = 'batch.kubernetes.io/controller-uid';

function validateCodes(rule: PodFailurePolicyRule, spec: JobSpec, path: string, errors: FieldError[]): void {
  const codes = rule.onExitCodes;
  if (!codes) return;
  oneOf(codes.operator, ['In', 'NotIn'], `${path}.operator`, errors);
  if (codes.containerName) {
    const { containers = [], initContainers = [] } = spec.template.spec ?? {};
    if (![...containers, ...initContainers].some((container) => container.name === codes.containerName)) {
      const why = 'must be one of the container or initContainer names in the pod template';
      errors.push(invalid(`${path}.containerName`, codes.containerName, why));
    }
  }
  const { values = [] } = codes;
  if (values.length < 1) errors.push(invalid(`${path}.values`, values, 'at least one value is required'));
  let ordered = true;
  values.forEach((value, index) => {
    if (codes.operator === 'In' && value === 0) {
      errors.push(invalid(`${path}.values[${index}]`, value, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(value) !== index) errors.push(duplicate(`${path}.values[${index}]`, value));
    if (index > 0 && value < (values[index - 1] ?? 0)) ordered = false;
  });
  if (!ordered) errors.push(invalid(`${path}.values`, values, 'must be ordered'));
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: string, errors: FieldError[]): void {
  oneOf(rule.action, ['Count', 'FailIndex', 'FailJob', 'Ignore'], `${path}.action`, errors);
  validateCodes(rule, spec, `${path}.onExitCodes`, errors);
  const conditions = rule.onPodConditions ?? [];
  conditions.forEach((condition, index) => {
    const at = `${path}.onPodConditions[${index}]`;
    named(labelKeyErrors, condition.type ?? '', `${at}.type`, errors);
    oneOf(condition.status, ['False', 'True', 'Unknown'], `${at}.status`, errors);
  });
  const both = Boolean(rule.onExitCodes) && conditions.length > 0;
  const neither = !rule.onExitCodes && conditions.length === 0;
  if (both) errors.push(bare(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (neither) errors.push(bare(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
}

/** Kubernetes shows the reason itself as the value here. */
function bare(field: string, text: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${text}` };
}

/** The spec of a Job at `path`, without its selector. */
export function validateJobSpec(spec: JobSpec, path: string, errors: FieldError[]): void {
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const) {
    nonNegative(spec[field], `${path}.${field}`, errors);
  }
  if (spec.completionMode !== undefined) {
    const allowed = ['NonIndexed', 'Indexed'];
    oneOf(spec.completionMode, allowed, `${path}.completionMode`, errors);
    if (spec.completionMode === 'Indexed') {
      if (spec.completions === undefined) {
        errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
      }
      if ((spec.parallelism ?? 0) > mostIndexedParallel) {
        const why = `must be less than or equal to ${mostIndexedParallel} when completion mode is Indexed`;
        errors.push(invalid(`${path}.parallelism`, spec.parallelism, why));
      }
    }
  }
  const restart = spec.template.spec?.restartPolicy;
  spec.podFailurePolicy?.rules?.forEach((rule, index) => {
    validateRule(rule, spec, `${path}.podFailurePolicy.rules[${index}]`, errors);
  });
  validatePodTemplate(spec.template, `${path}.template`, errors);
  const at = `${path}.template.spec.restartPolicy`;
  if (restart === undefined || restart === '' || restart === 'Always') errors.push(required(at, restartText));
  else if (restart !== 'OnFailure' && restart !== 'Never') oneOf(restart, ['OnFailure', 'Never'], at, errors);
  else if (spec.podFailurePolicy !== undefined && restart !== 'Never') {
    errors.push(invalid(at, restart, 'only "Never" is supported when podFailurePolicy is specified'));
  }
}

function validateSelector(job: Job, spec: JobSpec, errors: FieldError[]): void {
  if (!spec.selector) errors.push(required('spec.selector'));
  else validateLabelSelector(spec.selector, 'spec.selector', errors);
  if (spec.manualSelector !== true && spec.selector) {
    const own = { matchLabels: { [controllerLabel]: job.metadata.uid ?? '' } };
    const older = { matchLabels: { 'controller-uid': job.metadata.uid ?? '' } };
    if (!sameValue(spec.selector, own) && !sameValue(spec.selector, older)) {
      errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
    }
  }
  const nothing = { matchExpressions: [{ key: '', operator: 'Exists' as const }] };
  validateSelected(spec.template, spec.selector ?? nothing, 'spec.template', errors);
}

/** API: Pods of an indexed Job are called after it, so its name and its largest index must make a label. */
function validateIndexedName(job: Job, spec: JobSpec, errors: FieldError[]): void {
  if (spec.completionMode !== 'Indexed' || !spec.completions || spec.completions <= 0) return;
  const pod = `${job.metadata.name}-${spec.completions - 1}`;
  if (isDns1123Label(pod).length > 0) {
    const why = `will not able to create pod with invalid DNS label: ${pod}`;
    errors.push(invalid('metadata.name', job.metadata.name ?? '', why));
  }
}

/** What is wrong with a new Job. */
export function validateJob(job: Job): FieldError[] {
  const errors: FieldError[] = [];
  const spec = job.spec ?? { template: {} };
  validateJobSpec(spec, 'spec', errors);
  validateSelector(job, spec, errors);
  validateIndexedName(job, spec, errors);
  return errors;
}

/** API: a suspended Job that has not started may be told where to run. */
function templateOf(job: Job, free: boolean): unknown {
  const template = job.spec?.template ?? {};
  if (!free) return template;
  const {
    nodeSelector: _selector,
    tolerations: _tolerations,
    schedulingGates: _gates,
    affinity,
    ...spec
  } = template.spec ?? { containers: [] };
  const { nodeAffinity: _node, ...others } = affinity ?? {};
  const { labels: _labels, annotations: _annotations, ...metadata } = template.metadata ?? {};
  return { metadata, spec: { ...spec, affinity: Object.keys(others).length === 0 ? undefined : others } };
}

/** What is wrong with a changed Job. */
export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const errors: FieldError[] = [];
  const spec = job.spec ?? { template: {} };
  const before = old.spec ?? { template: {} };
  validateJobSpec(spec, 'spec', errors);
  validateSelector(job, spec, errors);
  const elastic =
    spec.completionMode === 'Indexed' &&
    before.completions !== undefined &&
    spec.completions === spec.parallelism &&
    spec.completions !== undefined;
  if (!elastic) immutable(spec.completions, before.completions, 'spec.completions', errors);
  immutable(spec.selector, before.selector, 'spec.selector', errors);
  const free = before.suspend === true && old.status?.startTime === undefined;
  if (!sameValue(templateOf(job, free), templateOf(old, free))) {
    errors.push(invalid('spec.template', spec.template, 'field is immutable'));
  }
  immutable(spec.completionMode, before.completionMode, 'spec.completionMode', errors);
  immutable(spec.podFailurePolicy, before.podFailurePolicy, 'spec.podFailurePolicy', errors);
  immutable(spec.backoffLimitPerIndex, before.backoffLimitPerIndex, 'spec.backoffLimitPerIndex', errors);
  immutable(spec.managedBy, before.managedBy, 'spec.managedBy', errors);
  immutable(spec.successPolicy, before.successPolicy, 'spec.successPolicy', errors);
  return errors;
}

/** What is wrong with the status the job controller writes. */
export function validateJobStatus(job: Job): FieldError[] {
  const errors: FieldError[] = [];
  validateStatusCounts(job.status, ['active', 'succeeded', 'failed', 'ready', 'terminating'], errors);
  return errors;
}
