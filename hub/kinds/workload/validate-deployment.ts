/** What is wrong with a Deployment. */
import { type FieldError, forbiddenField, invalid, notSupported } from '../../api/field-error.ts';
import type { Deployment, DeploymentSpec } from '../../api/workload.ts';
import { atMostAll, countOrPercent, immutable, isZero } from '../field-checks.ts';
import { isEmptySelector, validateLabelSelector } from '../label-selector.ts';
import {
  isUsable,
  notAbove,
  notDecremented,
  validateAlwaysRunning,
  validateCounts,
  validatePodTemplate,
  validateSelected,
  validateStatusCounts,
} from './validate-template.ts';

function validateStrategy(spec: DeploymentSpec, errors: FieldError[]): void {
  const path = 'spec.strategy';
  const strategy = spec.strategy ?? {};
  if (strategy.type === 'Recreate') {
    if (strategy.rollingUpdate !== undefined) {
      const why = "may not be specified when strategy `type` is 'Recreate'";
      errors.push(forbiddenField(`${path}.rollingUpdate`, why));
    }
  } else if (strategy.type === 'RollingUpdate') {
    const { maxSurge, maxUnavailable } = strategy.rollingUpdate ?? {};
    countOrPercent(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`, errors);
    countOrPercent(maxSurge, `${path}.rollingUpdate.maxSurge`, errors);
    if (isZero(maxUnavailable) && isZero(maxSurge)) {
      const why = 'may not be 0 when `maxSurge` is 0';
      errors.push(invalid(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, why));
    }
    atMostAll(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`, errors);
  } else errors.push(notSupported(path, strategy, ['Recreate', 'RollingUpdate']));
}

/** What is wrong with a new Deployment. */
export function validateDeployment(deployment: Deployment): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = deployment;
  validateCounts(spec, ['replicas'], errors);
  if (!spec.selector) {
    errors.push({ type: 'FieldValueRequired', field: 'spec.selector', message: 'Required value' });
  } else {
    validateLabelSelector(spec.selector, 'spec.selector', errors);
    if (isEmptySelector(spec.selector)) {
      errors.push(invalid('spec.selector', spec.selector, 'empty selector is invalid for deployment'));
    }
  }
  if (spec.selector && !isUsable(spec.selector)) {
    errors.push(invalid('spec.selector', spec.selector, 'invalid label selector'));
  } else {
    // API: an absent selector matches nothing.
    validateSelectedOrNone(spec, errors);
    validatePodTemplate(spec.template, 'spec.template', errors);
    validateAlwaysRunning(spec.template, 'spec.template', errors);
  }
  validateStrategy(spec, errors);
  validateCounts(spec, ['minReadySeconds', 'revisionHistoryLimit'], errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    validateCounts(spec, ['progressDeadlineSeconds'], errors);
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    }
  }
  return errors;
}

function validateSelectedOrNone(spec: DeploymentSpec, errors: FieldError[]): void {
  if (!spec.selector) {
    const labels = spec.template?.metadata?.labels;
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  } else if (!isEmptySelector(spec.selector)) validateSelected(spec.template, spec.selector, 'spec.template', errors);
}

/** What is wrong with a changed Deployment. API: its selector stays. */
export function validateDeploymentUpdate(deployment: Deployment, old: Deployment): FieldError[] {
  const errors = validateDeployment(deployment);
  immutable(deployment.spec.selector, old.spec.selector, 'spec.selector', errors);
  return errors;
}

const counts = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
] as const;

/** What is wrong with the status the deployment controller writes. */
export function validateDeploymentStatus(deployment: Deployment, old: Deployment): FieldError[] {
  const errors: FieldError[] = [];
  const { status } = deployment;
  validateStatusCounts(status, [...counts, 'collisionCount'], errors);
  notAbove(status, 'updatedReplicas', 'replicas', 'status.replicas', errors);
  notAbove(status, 'readyReplicas', 'replicas', 'status.replicas', errors);
  notAbove(status, 'availableReplicas', 'replicas', 'status.replicas', errors);
  notAbove(status, 'availableReplicas', 'readyReplicas', 'readyReplicas', errors);
  notDecremented(status?.collisionCount, old.status?.collisionCount, errors);
  return errors;
}
