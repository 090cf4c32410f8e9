/** The ephemeral containers of a Pod that runs: they come, and never change or go. API: pods/ephemeralcontainers. */
import { type FieldError, forbiddenField } from '../../api/field-error.ts';
import type { Pod } from '../../api/pod.ts';
import { configMirrorAnnotation } from '../../api/static-pod.ts';
import { sameValue } from '../field-checks.ts';
import { goDiff } from '../go-diff.ts';
import type { PartStrategy } from '../kind.ts';
import { keepAllOf } from './keep-all.ts';
import { validateAnnotationChange } from './validate-annotations.ts';
import { validatePodItself } from './validate.ts';

function validate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[configMirrorAnnotation] !== undefined) {
    return [forbiddenField('', 'static pods do not support ephemeral containers')];
  }
  const errors = validatePodItself(pod);
  validateAnnotationChange(pod, old, errors);
  const path = 'spec.ephemeralContainers';
  const now = new Map((pod.spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const before of old.spec.ephemeralContainers ?? []) {
    const after = now.get(before.name);
    const quoted = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (after === undefined) errors.push(forbiddenField(path, `${quoted} may not be removed\n`));
    else if (!sameValue(after, before)) {
      const diff = goDiff('core.EphemeralContainer', before, after);
      errors.push(forbiddenField(path, `${quoted} may not be changed\n${diff}`));
    }
  }
  return errors;
}

/** What a write of pods/ephemeralcontainers does. */
export const ephemeralContainersPart: PartStrategy = {
  prepare(object, old) {
    const pod = object as unknown as Pod;
    const { ephemeralContainers: added } = pod.spec ?? {};
    keepAllOf(pod, old as unknown as Pod);
    const { ephemeralContainers: _before, ...rest } = pod.spec;
    pod.spec = added === undefined ? rest : { ...rest, ephemeralContainers: added };
  },
  validate: (object, old) => validate(object as unknown as Pod, old as unknown as Pod),
};
