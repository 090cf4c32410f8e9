/** What is wrong with a Job, and what may change in one. */
import type { Job, JobSpec } from '../../api/batch.ts';
import type { Container } from '../../api/container.ts';
import { type FieldError, invalid, required, tooLong } from '../../api/field-error.ts';
import { isDns1123Label } from '../../api/names.ts';
import type { PodSpec, PodTemplateSpec } from '../../api/pod.ts';
import { domainPrefixedPath, immutable, immutableText, nonNegative, oneOf, sameValue } from '../field-checks.ts';
import { selectorMatches, validateLabelSelector } from '../label-selector.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './validate-failure-policy.ts';
import { isUsable, validatePodTemplate, validateSelected } from './validate-template.ts';

/** API: completions, parallelism and failed indexes of a Job whose status stays small enough. */
const mostIndexed = 100_000;
/** API: parallelism and failed indexes of a Job with more completions than that. */
const mostOfMany = 10_000;
/** API: bytes of `managedBy`. */
const longestManager = 63;
const restartText = 'valid values: "OnFailure", "Never"';
const controllerLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';

/** API: numbers of an indexed Job that would make its status too large. */
function validateIndexed(spec: JobSpec, path: string, errors: FieldError[]): void {
  const { completions, parallelism = 0, maxFailedIndexes: failed } = spec;
  if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  if (parallelism > mostIndexed) {
    const why = `must be less than or equal to ${mostIndexed} when completion mode is Indexed`;
    errors.push(invalid(`${path}.parallelism`, parallelism, why));
  }
  if (completions !== undefined && failed !== undefined && failed > completions) {
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'));
  }
  if (failed !== undefined && failed > mostIndexed) {
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, `must be less than or equal to ${mostIndexed}`));
  }
  if (completions === undefined || completions <= mostIndexed || spec.backoffLimitPerIndex === undefined) return;
  if (failed === undefined) {
    const why = `must be specified when completions is above ${mostIndexed}`;
    errors.push(required(`${path}.maxFailedIndexes`, why));
  }
  const why = `must be less than or equal to ${mostOfMany} when completions are above ${mostIndexed} and used with backoff limit per index`;
  if (parallelism > mostOfMany) errors.push(invalid(`${path}.parallelism`, parallelism, why));
  if ((failed ?? 0) > mostOfMany) errors.push(invalid(`${path}.maxFailedIndexes`, failed, why));
}

function validateCompletionMode(spec: JobSpec, path: string, errors: FieldError[]): void {
  const mode = spec.completionMode ?? 'NonIndexed';
  oneOf(mode, ['NonIndexed', 'Indexed'], `${path}.completionMode`, errors);
  if (mode === 'Indexed') validateIndexed(spec, path, errors);
  if (mode !== 'NonIndexed') return;
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[field] === undefined) continue;
    errors.push(invalid(`${path}.${field}`, spec[field], 'requires indexed completion mode'));
  }
}

/** API: `managedBy` names another controller as `example.com/controller`. */
function validateManager(manager: string | undefined, path: string, errors: FieldError[]): void {
  if (manager === undefined) return;
  domainPrefixedPath(manager, path, errors);
  if (manager.length > longestManager) errors.push(tooLong(path, longestManager));
}

function validateReplacement(spec: JobSpec, path: string, errors: FieldError[]): void {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return;
  oneOf(policy, spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'], path, errors);
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
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  validateManager(spec.managedBy, `${path}.managedBy`, errors);
  validateCompletionMode(spec, path, errors);
  validateFailurePolicy(spec, `${path}.podFailurePolicy`, errors);
  validateSuccessPolicy(spec, `${path}.successPolicy`, errors);
  validateReplacement(spec, `${path}.podReplacementPolicy`, errors);
  validatePodTemplate(spec.template, `${path}.template`, errors);
  const restart = spec.template.spec?.restartPolicy;
  const at = `${path}.template.spec.restartPolicy`;
  if (restart === undefined || restart === '' || restart === 'Always') errors.push(required(at, restartText));
  else if (restart !== 'OnFailure' && restart !== 'Never') oneOf(restart, ['OnFailure', 'Never'], at, errors);
  else if (spec.podFailurePolicy !== undefined && restart !== 'Never') {
    errors.push(invalid(at, restart, 'only "Never" is supported when podFailurePolicy is specified'));
  }
}

/** API: unless the user selects by hand, selector and labels are those the server makes out of uid and name. */
function validateGenerated(job: Job, spec: JobSpec, old: JobSpec | undefined, errors: FieldError[]): void {
  if (spec.manualSelector === true || !spec.selector) return;
  const { uid = '', name = '' } = job.metadata;
  const expected: Record<string, string> = { 'controller-uid': uid, 'job-name': name };
  const before = old?.template.metadata?.labels;
  // API: Jobs of before v1.27 have the labels without a prefix only
  if (old === undefined || (before?.[controllerLabel] !== undefined && before[nameLabel] !== undefined)) {
    expected[controllerLabel] = uid;
    expected[nameLabel] = name;
  }
  const labels = spec.template.metadata?.labels ?? {};
  for (const [label, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${label}]`;
    const why = `must be '${value}'`;
    if (labels[label] === undefined) errors.push(required(path, why));
    else if (labels[label] !== value) errors.push(invalid(path, labels, why));
  }
  if (isUsable(spec.selector) && !selectorMatches(spec.selector, expected)) {
    errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
}

/** The spec with its selector, as a Job of its own has it. */
function validateWhole(spec: JobSpec, errors: FieldError[]): void {
  validateJobSpec(spec, 'spec', errors);
  if (!spec.selector) errors.push(required('spec.selector'));
  else validateLabelSelector(spec.selector, 'spec.selector', errors);
  // API: no selector finds nothing; a broken one is not asked
  if (spec.selector && !isUsable(spec.selector)) return;
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

function validateAny(job: Job, old: JobSpec | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const spec = job.spec ?? { template: {} };
  validateGenerated(job, spec, old, errors);
  validateWhole(spec, errors);
  validateIndexedName(job, spec, errors);
  return errors;
}

/** What is wrong with a new Job. */
export const validateJob = (job: Job): FieldError[] => validateAny(job, undefined);

/** API: a suspended Job that has not started may be told where to run. */
function templateOf(job: Job, free: boolean): PodTemplateSpec {
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
  const kept = Object.keys(others).length === 0 ? {} : { affinity: others };
  return { metadata, spec: { ...spec, ...kept } };
}

/** API: what a suspended Job that runs nothing may be told anew: how much its containers get. */
function withoutResources(spec: PodSpec | undefined): unknown {
  const bare = (list: readonly Container[] | undefined): unknown =>
    list?.map(({ resources: _resources, ...container }) => container);
  return { ...spec, containers: bare(spec?.containers), initContainers: bare(spec?.initContainers) };
}

function validateTemplateUpdate(job: Job, old: Job, errors: FieldError[]): void {
  const suspended = old.spec?.suspend === true;
  const free = suspended && old.status?.startTime === undefined;
  const after = templateOf(job, free);
  const before = templateOf(old, free);
  const isAtRest = old.status?.conditions?.some((one) => one.type === 'Suspended' && one.status === 'True');
  if (!suspended || isAtRest !== true || (old.status?.active ?? 0) > 0) {
    if (!sameValue(after, before)) errors.push(invalid('spec.template', job.spec?.template, immutableText));
  } else if (!sameValue(withoutResources(after.spec), withoutResources(before.spec))) {
    errors.push(invalid('spec.template.spec', job.spec?.template.spec, immutableText));
  }
}

/** API: an indexed Job grows and shrinks with its parallelism. */
function validateCompletionsUpdate(spec: JobSpec, before: JobSpec, errors: FieldError[]): void {
  const { completions, parallelism } = spec;
  if (spec.completionMode !== 'Indexed') immutable(completions, before.completions, 'spec.completions', errors);
  else if (completions !== undefined && completions !== before.completions && completions !== parallelism) {
    errors.push(invalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism'));
  }
}

/** What is wrong with a changed Job. API: its spec is looked at as that of a new one first, then as a change. */
export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const spec = job.spec ?? { template: {} };
  const before = old.spec ?? { template: {} };
  const errors = validateAny(job, before);
  validateWhole(spec, errors);
  validateCompletionsUpdate(spec, before, errors);
  immutable(spec.selector, before.selector, 'spec.selector', errors);
  validateTemplateUpdate(job, old, errors);
  for (const field of [
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ] as const) {
    immutable(spec[field], before[field], `spec.${field}`, errors);
  }
  return errors;
}
