/** What is wrong with templates of Pods and with selectors over them. */
import { type FieldError, forbiddenField, invalid, notSupported } from '../../api/field-error.ts';
import type { LabelSelector } from '../../api/object.ts';
import type { PodTemplateSpec, Volume } from '../../api/pod.ts';
import { nonNegative } from '../field-checks.ts';
import { isEmptySelector, selectorMatches, validateLabelSelector } from '../label-selector.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { validatePodAnnotations } from '../pod/validate-annotations.ts';
import { validatePodSpec } from '../pod/validate-spec.ts';

/** A template of Pods at `path`, whoever owns it; `gives` are volumes its Pods get from the owner. */
export function validatePodTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  errors: FieldError[],
  gives: readonly Volume[] = [],
): void {
  const metadata = template?.metadata;
  if (metadata?.labels) validateLabels(metadata.labels, `${path}.labels`, errors);
  if (metadata?.annotations) validateAnnotations(metadata.annotations, `${path}.annotations`, errors);
  const spec = template?.spec ?? { containers: [] };
  validatePodAnnotations(metadata?.annotations, spec, `${path}.annotations`, errors);
  validatePodSpec(spec, `${path}.spec`, errors, gives);
  if (spec.ephemeralContainers?.length) {
    errors.push(forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
}

/** API: the labels of a template must be ones that the selector finds. */
export function validateSelected(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector,
  path: string,
  errors: FieldError[],
): void {
  const labels = template?.metadata?.labels;
  if (selectorMatches(selector, labels ?? {})) return;
  errors.push(invalid(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`'));
}

/** API: controllers that keep Pods running cannot keep ones that end. `kind`: Deployments are told of ReplicaSets. */
export function validateAlwaysRunning(
  template: PodTemplateSpec | undefined,
  path: string,
  errors: FieldError[],
  kind = 'ReplicaSet',
): void {
  const policy = template?.spec?.restartPolicy;
  if (policy !== 'Always') errors.push(notSupported(`${path}.spec.restartPolicy`, policy ?? '', ['Always']));
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    const why = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbiddenField(`${path}.spec.activeDeadlineSeconds`, why));
  }
}

/** A selector that must be there and select less than everything. `kind` is how its text calls the owner. */
export function validateOwnSelector(
  selector: LabelSelector | undefined | null,
  kind: string,
  errors: FieldError[],
): boolean {
  const before = errors.length;
  if (!selector) {
    errors.push({ type: 'FieldValueRequired', field: 'spec.selector', message: 'Required value' });
    return false;
  }
  validateLabelSelector(selector, 'spec.selector', errors);
  if (isEmptySelector(selector)) {
    errors.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`));
  }
  return errors.length === before;
}

/** True when every operator of the selector is one, so that it can be asked. */
export function isUsable(selector: LabelSelector): boolean {
  const errors: FieldError[] = [];
  validateLabelSelector(selector, '', errors);
  return errors.length === 0;
}

/** Counts of a workload: none may be below zero. */
export function validateCounts(spec: object, names: readonly string[], errors: FieldError[]): void {
  for (const name of names) {
    nonNegative((spec as Record<string, number | undefined>)[name], `spec.${name}`, errors);
  }
}

/** Counts of a status. */
export function validateStatusCounts(status: object | undefined, names: readonly string[], errors: FieldError[]): void {
  for (const name of names) {
    nonNegative((status as Record<string, number | undefined> | undefined)?.[name], `status.${name}`, errors);
  }
}

/** API: how often names of hashes met is only ever more. */
export function notDecremented(count: number | undefined, old: number | undefined, errors: FieldError[]): void {
  if ((count ?? 0) >= (old ?? 0)) return;
  errors.push(invalid('status.collisionCount', count ?? 0, 'cannot be decremented'));
}

/** API: no more Pods of one sort than Pods at all. */
export function notAbove(
  status: object | undefined,
  name: string,
  bound: string,
  shown: string,
  errors: FieldError[],
): void {
  const counts = (status ?? {}) as Record<string, number | undefined>;
  const value = counts[name] ?? 0;
  if (value > (counts[bound] ?? 0)) errors.push(invalid(`status.${name}`, value, `cannot be greater than ${shown}`));
}
