/** What is wrong with a Pod, whatever it was before, and with a new one. */
import type { Container } from '../../api/container.ts';
import { type FieldError, forbiddenField } from '../../api/field-error.ts';
import type { Pod } from '../../api/pod.ts';
import { validatePodAnnotations } from './validate-annotations.ts';
import { validateImage } from './validate-container.ts';
import { validatePodSpec } from './validate-spec.ts';

function validateImages(containers: readonly Container[] | undefined, path: string, errors: FieldError[]): void {
  containers?.forEach((container, index) => {
    validateImage(container, `${path}[${index}]`, errors);
  });
}

/** What is wrong with a Pod whatever it was before. */
export function validatePodItself(pod: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = pod;
  validatePodAnnotations(pod.metadata.annotations, spec, 'metadata.annotations', errors);
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
