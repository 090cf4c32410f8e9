/** What is wrong with a DaemonSet. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../api/field-error.ts';
import type { DaemonSet, DaemonSetSpec } from '../../api/workload.ts';
import { atMostAll, countOrPercent, immutable, isZero } from '../field-checks.ts';
import { isEmptySelector, validateLabelSelector } from '../label-selector.ts';
import {
  isUsable,
  notDecremented,
  validateCounts,
  validatePodTemplate,
  validateSelected,
  validateStatusCounts,
} from './validate-template.ts';

function validateUpdateStrategy(spec: DaemonSetSpec, errors: FieldError[]): void {
  const path = 'spec.updateStrategy';
  const strategy = spec.updateStrategy ?? {};
  if (strategy.type === 'OnDelete') return;
  if (strategy.type !== 'RollingUpdate') {
    errors.push(notSupported(path, strategy, ['RollingUpdate', 'OnDelete']));
    return;
  }
  if (strategy.rollingUpdate === undefined) {
    errors.push(required(`${path}.rollingUpdate`));
    return;
  }
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const at = `${path}.rollingUpdate`;
  countOrPercent(maxUnavailable, `${at}.maxUnavailable`, errors);
  countOrPercent(maxSurge, `${at}.maxSurge`, errors);
  atMostAll(maxUnavailable, `${at}.maxUnavailable`, errors);
  atMostAll(maxSurge, `${at}.maxSurge`, errors);
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    errors.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  }
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
}

/** What is wrong with a new DaemonSet. */
export function validateDaemonSet(set: DaemonSet): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = set;
  validateLabelSelector(spec.selector, 'spec.selector', errors);
  const selector = spec.selector ?? { matchExpressions: [{ key: '', operator: 'Exists' as const }] };
  if (isUsable(selector) || !spec.selector) {
    validateSelected(spec.template, selector, 'spec.template', errors);
  }
  if (spec.selector && isEmptySelector(spec.selector)) {
    errors.push(invalid('spec.selector', spec.selector, 'empty selector is invalid for daemonset'));
  }
  validatePodTemplate(spec.template, 'spec.template', errors);
  const policy = spec.template?.spec?.restartPolicy;
  if (policy !== 'Always') errors.push(notSupported('spec.template.spec.restartPolicy', policy ?? '', ['Always']));
  if (spec.template?.spec?.activeDeadlineSeconds !== undefined) {
    const why = 'activeDeadlineSeconds in DaemonSet is not Supported';
    errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', why));
  }
  validateCounts(spec, ['minReadySeconds'], errors);
  validateUpdateStrategy(spec, errors);
  validateCounts(spec, ['revisionHistoryLimit'], errors);
  return errors;
}

/** What is wrong with a changed DaemonSet. API: its selector stays. */
export function validateDaemonSetUpdate(set: DaemonSet, old: DaemonSet): FieldError[] {
  // API: the whole object is looked at twice, and both findings are told.
  const errors = [...validateDaemonSet(set), ...validateDaemonSet(set)];
  immutable(set.spec.selector, old.spec.selector, 'spec.selector', errors);
  return errors;
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

/** What is wrong with the status the daemon set controller writes. */
export function validateDaemonSetStatus(set: DaemonSet, old: DaemonSet): FieldError[] {
  const errors: FieldError[] = [];
  validateStatusCounts(set.status, counts, errors);
  notDecremented(set.status?.collisionCount, old.status?.collisionCount, errors);
  return errors;
}
