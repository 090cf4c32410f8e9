/** What is wrong with a StatefulSet, and what may change in one. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../api/field-error.ts';
import type { Volume } from '../../api/pod.ts';
import type { StatefulSet, StatefulSetSpec } from '../../api/stateful-set.ts';
import { isDns1123Label } from '../../api/names.ts';
import { atMostAll, countOrPercent, isZero, named, nonNegative, oneOf, sameValue } from '../field-checks.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { validatePodAnnotations } from '../pod/validate-annotations.ts';
import { validateClaimSpec } from '../storage/validate-claim.ts';
import {
  isUsable,
  notAbove,
  notDecremented,
  validateCounts,
  validateOwnSelector,
  validatePodTemplate,
  validateSelected,
  validateStatusCounts,
} from './validate-template.ts';

function validateMaxUnavailable(most: number | string | undefined, path: string, errors: FieldError[]): void {
  if (most === undefined) return;
  countOrPercent(most, path, errors);
  if (isZero(most)) errors.push(invalid(path, most, 'cannot be 0'));
  atMostAll(most, path, errors);
}

function validateUpdateStrategy(spec: StatefulSetSpec, errors: FieldError[]): void {
  const path = 'spec.updateStrategy';
  const strategy = spec.updateStrategy ?? {};
  if (!strategy.type) errors.push(required(path));
  else if (strategy.type === 'OnDelete') {
    if (strategy.rollingUpdate !== undefined) {
      const why = "only allowed for updateStrategy 'RollingUpdate'";
      errors.push(invalid(`${path}.rollingUpdate`, strategy.rollingUpdate, why));
    }
  } else if (strategy.type === 'RollingUpdate') {
    nonNegative(strategy.rollingUpdate?.partition, `${path}.rollingUpdate.partition`, errors);
    validateMaxUnavailable(strategy.rollingUpdate?.maxUnavailable, `${path}.rollingUpdate.maxUnavailable`, errors);
  } else errors.push(invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'"));
}

/** API: each Pod has a volume of the name of each claim, in place of one of its template. */
function claimedVolumes(spec: StatefulSetSpec): Volume[] {
  const names = (spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata?.name ?? '');
  return names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
}

/** What is looked at. API: what cannot change is let be, and so is a template when the set was wrong before. */
interface Scope {
  readonly isNew: boolean;
  readonly template: boolean;
}

/** API: labels and annotations of the template are looked at twice, in any case once. */
function validateTemplate(spec: StatefulSetSpec, { template }: Scope, errors: FieldError[]): void {
  const path = 'spec.template';
  if (template) validatePodTemplate(spec.template, path, errors, claimedVolumes(spec));
  const { labels, annotations } = spec.template?.metadata ?? {};
  if (labels) validateLabels(labels, `${path}.labels`, errors);
  if (annotations) validateAnnotations(annotations, `${path}.annotations`, errors);
  validatePodAnnotations(annotations, spec.template?.spec ?? { containers: [] }, `${path}.annotations`, errors);
}

function validateSpec(set: StatefulSet, scope: Scope): FieldError[] {
  const errors: FieldError[] = [];
  const spec = set.spec ?? { selector: {}, template: {} };
  const policy = spec.podManagementPolicy;
  if (!policy) errors.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  validateUpdateStrategy(spec, errors);
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    if (retention === undefined) continue;
    oneOf(retention[field], ['Retain', 'Delete'], `spec.persistentVolumeClaimRetentionPolicy.${field}`, errors);
  }
  if (scope.isNew) {
    spec.volumeClaimTemplates?.forEach((claim, index) => {
      validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`, errors);
    });
  }
  validateCounts(spec, ['replicas', 'minReadySeconds'], errors);
  nonNegative(spec.ordinals?.start, 'spec.ordinals.start', errors);
  if (scope.isNew && spec.serviceName) named(isDns1123Label, spec.serviceName, 'spec.serviceName', errors);
  validateOwnSelector(spec.selector, 'statefulset', errors);
  if (spec.selector && !isUsable(spec.selector)) {
    errors.push(invalid('spec.selector', spec.selector, ''));
  } else {
    if (spec.selector) validateSelected(spec.template, spec.selector, 'spec.template', errors);
    validateTemplate(spec, scope, errors);
  }
  const restart = spec.template?.spec?.restartPolicy;
  if (restart !== 'Always') errors.push(notSupported('spec.template.spec.restartPolicy', restart ?? '', ['Always']));
  if (spec.template?.spec?.activeDeadlineSeconds !== undefined) {
    const why = 'activeDeadlineSeconds in StatefulSet is not Supported';
    errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', why));
  }
  return errors;
}

/** What is wrong with a new StatefulSet. */
export const validateStatefulSet = (set: StatefulSet): FieldError[] =>
  validateSpec(set, { isNew: true, template: true });

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

function fixed(spec: StatefulSetSpec | undefined): object {
  const copy: Partial<StatefulSetSpec> = { ...spec };
  for (const field of changeable) delete copy[field];
  return copy;
}

/** What is wrong with a changed StatefulSet. API: who it is made of stays. */
export function validateStatefulSetUpdate(set: StatefulSet, old: StatefulSet): FieldError[] {
  const wasRight = validateSpec(old, { isNew: false, template: true }).length === 0;
  const errors = validateSpec(set, { isNew: false, template: wasRight });
  if (!sameValue(fixed(set.spec), fixed(old.spec))) {
    const why =
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    errors.push(forbiddenField('spec', why));
  }
  return errors;
}

const counts = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
  'collisionCount',
];

/** What is wrong with the status the stateful set controller writes. */
export function validateStatefulSetStatus(set: StatefulSet, old: StatefulSet): FieldError[] {
  const errors: FieldError[] = [];
  validateStatusCounts(set.status, counts, errors);
  for (const name of ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']) {
    notAbove(set.status, name, 'replicas', 'status.replicas', errors);
  }
  notAbove(set.status, 'availableReplicas', 'readyReplicas', 'status.readyReplicas', errors);
  notDecremented(set.status?.collisionCount, old.status?.collisionCount, errors);
  return errors;
}
