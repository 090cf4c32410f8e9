/** Annotations of Pods, and of templates of them, that mean something to Kubernetes. */
import { type FieldError, forbiddenField, invalid } from '../../api/field-error.ts';
import type { Pod, PodSpec } from '../../api/pod.ts';
import { configMirrorAnnotation } from '../../api/static-pod.ts';
import { localPath } from '../storage/paths.ts';

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const podSeccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const containerAppArmor = 'container.apparmor.security.beta.kubernetes.io/';
const fixedProfiles = ['runtime/default', 'unconfined'];
const localPrefix = 'localhost/';
const bound = 2 ** 31;

type Texts = Readonly<Record<string, string>>;

function isDeletionCost(text: string): boolean {
  if (!/^(0|-?[1-9][0-9]*|-0+)$/.test(text)) return false;
  return Number(text) >= -bound && Number(text) < bound;
}

function validateSeccomp(profile: string, path: string, errors: FieldError[]): void {
  if (fixedProfiles.includes(profile) || profile === 'docker/default') return;
  if (profile.startsWith(localPrefix)) localPath(profile.slice(localPrefix.length), path, errors);
  else errors.push(invalid(path, profile, 'must be a valid seccomp profile'));
}

function validateAppArmor(key: string, profile: string, spec: PodSpec, path: string, errors: FieldError[]): void {
  const name = key.slice(containerAppArmor.length);
  const lists = [spec.initContainers, spec.containers, spec.ephemeralContainers];
  if (!lists.some((list) => list?.some((container) => container.name === name))) {
    errors.push(invalid(path, name, 'container not found'));
  }
  if (profile === '' || fixedProfiles.includes(profile) || profile.startsWith(localPrefix)) return;
  errors.push(invalid(path, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`));
}

/** What is wrong with the annotations at `path` of a Pod that has this spec. */
export function validatePodAnnotations(
  annotations: Texts | undefined,
  spec: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  if (annotations === undefined) return;
  const mirror = annotations[configMirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName) {
    const why = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalid(`${path}[${configMirrorAnnotation}]`, mirror, why));
  }
  const cost = annotations[deletionCost];
  if (cost !== undefined && !isDeletionCost(cost)) {
    errors.push(invalid(`${path}[${deletionCost}]`, cost, 'must be a 32bit integer'));
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key === podSeccomp || key.startsWith(containerSeccomp)) validateSeccomp(value, `${path}.${key}`, errors);
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key.startsWith(containerAppArmor)) validateAppArmor(key, value, spec, `${path}[${key}]`, errors);
  }
}

const annotationPath = 'metadata.annotations';

/** What the annotation is that never changes; undefined for one that may. */
function lasting(key: string): string | undefined {
  if (key === configMirrorAnnotation) return 'mirror pod annotation';
  return key.startsWith(containerAppArmor) ? 'AppArmor annotations' : undefined;
}

/** What is wrong with changed annotations. API: a Pod is a mirror from its beginning, and keeps its profiles. */
export function validateAnnotationChange({ metadata, spec }: Pod, old: Pod, errors: FieldError[]): void {
  const now: Texts = metadata.annotations ?? {};
  const before: Texts = old.metadata.annotations ?? {};
  for (const key of Object.keys({ ...before, ...now })) {
    const what = lasting(key);
    if (what === undefined || now[key] === before[key]) continue;
    const verb = before[key] === undefined ? 'add' : 'remove or update';
    errors.push(forbiddenField(`${annotationPath}[${key}]`, `may not ${verb} ${what}`));
  }
  validatePodAnnotations(metadata.annotations, spec, annotationPath, errors);
}
