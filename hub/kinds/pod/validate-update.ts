/** What is wrong with a changed Pod: little of it may change. */
import type { Container } from '../../api/container.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type { Pod, PodSpec } from '../../api/pod.ts';
import type { Toleration } from '../../api/scheduling.ts';
import { sameValue } from '../field-checks.ts';
import { goDiff } from '../go-diff.ts';
import { validateAnnotationChange } from './validate-annotations.ts';
import { validateImage } from './validate-container.ts';
import { validateNarrowing } from './validate-gated.ts';
import { validateTolerations } from './validate-tolerations.ts';
import { validatePodItself } from './validate.ts';

/** Containers neither come nor go. Answers true when comparing further makes no sense. */
function countChanged(
  containers: readonly Container[] | undefined,
  old: readonly Container[] | undefined,
  path: string,
  errors: FieldError[],
): boolean {
  if ((containers?.length ?? 0) !== (old?.length ?? 0)) {
    errors.push(forbiddenField(path, 'pod updates may not add or remove containers'));
    return true;
  }
  containers?.forEach((container, index) => {
    if (!container.image) errors.push(required(`${path}[${index}].image`));
    validateImage(container, `${path}[${index}]`, errors);
  });
  return false;
}

/** API: a deadline may come, and may become shorter. */
function deadlineChanged(spec: PodSpec, old: PodSpec, errors: FieldError[]): boolean {
  const path = 'spec.activeDeadlineSeconds';
  const { activeDeadlineSeconds: now } = spec;
  const { activeDeadlineSeconds: before } = old;
  if (now === undefined) {
    const why = 'must not update from a positive integer to nil value';
    if (before !== undefined) errors.push(invalid(path, null, why));
    return false;
  }
  if (now < 0 || now > 2_147_483_647) {
    errors.push(invalid(path, now, 'must be between 0 and 2147483647, inclusive'));
    return true;
  }
  if (before === undefined || now <= before) return false;
  errors.push(invalid(path, now, 'must be less than or equal to previous value'));
  return true;
}

function validateTolerationsKept(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  const ignoringSeconds = ({ key, operator, value, effect }: Toleration): string =>
    JSON.stringify([key ?? '', operator ?? '', value ?? '', effect ?? '']);
  const now = new Set((spec.tolerations ?? []).map(ignoringSeconds));
  const path = 'spec.tolerations';
  if ((old.tolerations ?? []).every((one) => now.has(ignoringSeconds(one)))) {
    validateTolerations(spec.tolerations ?? [], path, errors);
    return;
  }
  errors.push(forbiddenField(path, 'existing toleration can not be modified except its tolerationSeconds'));
}

function validateGatesRemoved(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  const before = new Set((old.schedulingGates ?? []).map((gate) => gate.name));
  spec.schedulingGates?.forEach((gate, index) => {
    if (before.has(gate.name)) return;
    const why = 'only deletion is allowed, but found new scheduling gate';
    errors.push(forbiddenField(`spec.schedulingGates[${index}].name`, `${why} '${gate.name}'`));
  });
}

const withImage = (image: string | undefined) => (container: Container) => ({ ...container, image });

/** The spec as it would be if what may change had not: the rest must equal the old one. */
function restored(spec: PodSpec, old: PodSpec): PodSpec {
  const imagesOf = (list: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    list?.map((container, index) => withImage(before?.[index]?.image)(container));
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec;
  const copy: Record<string, unknown> = {
    ...rest,
    containers: imagesOf(spec.containers, old.containers),
    initContainers: imagesOf(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
  };
  // API: the ephemeral containers and the old name of the account are kept by the server.
  copy['serviceAccount'] = old.serviceAccount;
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    copy['terminationGracePeriodSeconds'] = old.terminationGracePeriodSeconds;
  }
  return copy as unknown as PodSpec;
}

const changeable =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What is wrong with a changed Pod. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors = validatePodItself(pod);
  validateAnnotationChange(pod, old, errors);
  const { spec } = pod;
  if (countChanged(spec.containers, old.spec.containers, 'spec.containers', errors)) return errors;
  if (countChanged(spec.initContainers, old.spec.initContainers, 'spec.initContainers', errors)) return errors;
  if (deadlineChanged(spec, old.spec, errors)) return errors;
  validateTolerationsKept(spec, old.spec, errors);
  validateGatesRemoved(spec, old.spec, errors);
  let kept = restored(spec, old.spec);
  if (old.spec.schedulingGates?.length) {
    const { nodeSelector: _selector, affinity: _affinity, ...rest } = kept;
    kept = { ...rest, ...validateNarrowing(spec, old.spec, errors) };
  }
  if (!sameValue(kept, old.spec)) {
    const diff = goDiff('core.PodSpec', kept, old.spec);
    errors.push(forbiddenField('spec', `pod updates may not change fields other than ${changeable}\n${diff}`));
  }
  return errors;
}
