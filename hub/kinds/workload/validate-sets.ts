/** What is wrong with ReplicaSets, ReplicationControllers and PodTemplates. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { PodTemplate, ReplicationController } from '../../api/replication-controller.ts';
import type { ReplicaSet } from '../../api/workload.ts';
import { immutable } from '../field-checks.ts';
import { isEmptySelector } from '../label-selector.ts';
import {
  isUsable,
  notAbove,
  validateAlwaysRunning,
  validateCounts,
  validateOwnSelector,
  validatePodTemplate,
  validateSelected,
  validateStatusCounts,
} from './validate-template.ts';

/** What is wrong with a new ReplicaSet. */
export function validateReplicaSet(set: ReplicaSet): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = set;
  validateCounts(spec, ['replicas', 'minReadySeconds'], errors);
  validateOwnSelector(spec.selector, 'deployment', errors);
  if (spec.selector && !isUsable(spec.selector)) {
    errors.push(invalid('spec.selector', spec.selector, 'invalid label selector'));
    return errors;
  }
  const selector = spec.selector ?? { matchExpressions: [{ key: '', operator: 'Exists' as const }] };
  if (!isEmptySelector(selector)) validateSelected(spec.template, selector, 'spec.template', errors);
  validatePodTemplate(spec.template, 'spec.template', errors);
  validateAlwaysRunning(spec.template, 'spec.template', errors);
  return errors;
}

/** What is wrong with a changed ReplicaSet. API: its selector stays. */
export function validateReplicaSetUpdate(set: ReplicaSet, old: ReplicaSet): FieldError[] {
  // API: the whole object is looked at twice, and both findings are told.
  const errors = [...validateReplicaSet(set), ...validateReplicaSet(set)];
  immutable(set.spec.selector, old.spec.selector, 'spec.selector', errors);
  return errors;
}

const statusCounts = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'];

/** What is wrong with the status of a ReplicaSet or a ReplicationController. */
export function validateSetStatus(set: { status?: object }): FieldError[] {
  const errors: FieldError[] = [];
  validateStatusCounts(set.status, statusCounts, errors);
  notAbove(set.status, 'fullyLabeledReplicas', 'replicas', 'status.replicas', errors);
  notAbove(set.status, 'readyReplicas', 'replicas', 'status.replicas', errors);
  notAbove(set.status, 'availableReplicas', 'replicas', 'status.replicas', errors);
  notAbove(set.status, 'availableReplicas', 'readyReplicas', 'readyReplicas', errors);
  return errors;
}

/** What is wrong with a ReplicationController. */
export function validateReplicationController(controller: ReplicationController): FieldError[] {
  const errors: FieldError[] = [];
  const spec = controller.spec ?? {};
  const path = 'spec.template';
  validateCounts(spec, ['minReadySeconds'], errors);
  if (Object.keys(spec.selector ?? {}).length === 0) errors.push(required('spec.selector'));
  validateCounts(spec, ['replicas'], errors);
  if (spec.template === undefined) {
    errors.push(required(path));
    return errors;
  }
  if (Object.keys(spec.selector ?? {}).length > 0) {
    validateSelected(spec.template, { matchLabels: spec.selector ?? {} }, path, errors);
  }
  validatePodTemplate(spec.template, path, errors);
  validateAlwaysRunning(spec.template, path, errors, 'ReplicationController');
  return errors;
}

/** What is wrong with a changed ReplicationController; told twice, as of ReplicaSets. */
export function validateReplicationControllerUpdate(controller: ReplicationController): FieldError[] {
  return [...validateReplicationController(controller), ...validateReplicationController(controller)];
}

/** What is wrong with a PodTemplate. */
export function validateTemplateObject(template: PodTemplate): FieldError[] {
  const errors: FieldError[] = [];
  validatePodTemplate(template.template, 'template', errors);
  return errors;
}
