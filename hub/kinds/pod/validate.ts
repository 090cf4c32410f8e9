/** What is wrong with a Pod: new, changed, or in its status. */
import type { Container } from '../../api/container.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { Pod, PodSpec } from '../../api/pod.ts';
import type { Toleration } from '../../api/scheduling.ts';
import { configMirrorAnnotation } from '../../api/static-pod.ts';
import { named, sameValue } from '../field-checks.ts';
import { goDiff } from '../go-diff.ts';
import { validateImage } from './validate-container.ts';
import { validatePodSpec } from './validate-spec.ts';

function validateImages(containers: readonly Container[] | undefined, path: string, errors: FieldError[]): void {
  containers?.forEach((container, index) => {
    validateImage(container, `${path}[${index}]`, errors);
  });
}

const mirrorPath = `metadata.annotations[${configMirrorAnnotation}]`;

function validatePodAnnotations({ metadata, spec }: Pod, errors: FieldError[]): void {
  const mirror = metadata.annotations?.[configMirrorAnnotation];
  if (mirror === undefined || spec.nodeName) return;
  errors.push(invalid(mirrorPath, mirror, 'must set spec.nodeName if mirror pod annotation is set'));
}

/** API: a Pod is a mirror from its beginning, and stays one. */
function mirrorChanged({ metadata }: Pod, old: Pod): FieldError[] {
  const now = metadata.annotations?.[configMirrorAnnotation];
  const before = old.metadata.annotations?.[configMirrorAnnotation];
  if (now === before) return [];
  const verb = before === undefined ? 'add' : 'remove or update';
  return [forbiddenField(mirrorPath, `may not ${verb} mirror pod annotation`)];
}

/** What is wrong with a Pod whatever it was before. */
export function validatePodItself(pod: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = pod;
  validatePodAnnotations(pod, errors);
  validatePodSpec(spec, 'spec', errors, [], pod.metadata.name);
  if (!spec.serviceAccountName) {
    spec.volumes?.forEach((volume, index) => {
      volume.projected?.sources?.forEach((source, at) => {
        if (source.serviceAccountToken === undefined) return;
        const path = `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`;
        errors.push(forbiddenField(path, 'must not be specified when serviceAccountName is not set'));
      });
    });
  }
  validateImages(spec.containers, 'spec.containers', errors);
  validateImages(spec.initContainers, 'spec.initContainers', errors);
  return errors;
}

/** What is wrong with a new Pod. */
export function validatePod(pod: Pod): FieldError[] {
  const errors = validatePodItself(pod);
  if (pod.spec.ephemeralContainers?.length) {
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  }
  if (pod.spec.nodeName && pod.spec.schedulingGates?.length) {
    const why = 'cannot be set until all schedulingGates have been cleared';
    errors.push(forbiddenField('spec.nodeName', why));
  }
  return errors;
}

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
    if (before === undefined) return false;
    errors.push(invalid(path, undefined, 'must not update from a positive integer to nil value'));
    return true;
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
  if ((old.tolerations ?? []).every((one) => now.has(ignoringSeconds(one)))) return;
  const why = 'existing toleration can not be modified except its tolerationSeconds';
  errors.push(forbiddenField('spec.tolerations', why));
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
  if (old.schedulingGates?.length) keepNarrowing(copy, spec, old);
  return copy as unknown as PodSpec;
}

/** API: while gates hold a Pod back, it may be told more narrowly where to go. */
function keepNarrowing(copy: Record<string, unknown>, spec: PodSpec, old: PodSpec): void {
  const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => spec.nodeSelector?.[key] === value);
  if (kept) copy['nodeSelector'] = old.nodeSelector;
  if (old.affinity?.nodeAffinity === undefined) {
    const { nodeAffinity: _added, ...others } = spec.affinity ?? {};
    copy['affinity'] = Object.keys(others).length === 0 && old.affinity === undefined ? undefined : { ...others };
  }
}

const changeable =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What is wrong with a changed Pod. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors = [...validatePodItself(pod), ...mirrorChanged(pod, old)];
  const { spec } = pod;
  if (countChanged(spec.containers, old.spec.containers, 'spec.containers', errors)) return errors;
  if (countChanged(spec.initContainers, old.spec.initContainers, 'spec.initContainers', errors)) return errors;
  if (deadlineChanged(spec, old.spec, errors)) return errors;
  validateTolerationsKept(spec, old.spec, errors);
  validateGatesRemoved(spec, old.spec, errors);
  if (!sameValue(restored(spec, old.spec), old.spec)) {
    const diff = goDiff('core.PodSpec', restored(spec, old.spec), old.spec);
    errors.push(forbiddenField('spec', `pod updates may not change fields other than ${changeable}\n${diff}`));
  }
  return errors;
}

/** What is wrong with the status an agent, or the scheduler, writes. */
export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const nominated = pod.status?.nominatedNodeName;
  if (nominated && nominated !== old.status?.nominatedNodeName) {
    named(isDns1123Subdomain, nominated, 'status.nominatedNodeName', errors);
  }
  if (old.spec.restartPolicy === 'Always') return errors;
  const before = new Map((old.status?.containerStatuses ?? []).map((one) => [one.name, one]));
  pod.status?.containerStatuses?.forEach((one, index) => {
    const past = before.get(one.name)?.state?.terminated;
    if (past === undefined || one.state?.terminated !== undefined) return;
    if (old.spec.restartPolicy === 'OnFailure' && past.exitCode !== 0) return;
    const path = `status.containerStatuses[${index}].state`;
    errors.push(forbiddenField(path, 'may not be transitioned to non-terminated state'));
  });
  return errors;
}
