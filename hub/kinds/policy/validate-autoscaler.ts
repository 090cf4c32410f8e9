/** What is wrong with a HorizontalPodAutoscaler. */
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../../api/autoscaling.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { isDns1123Label, isPathSegment } from '../../api/names.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { named, nonNegative, oneOf, quantityNonNegative } from '../field-checks.ts';
import { containerResourceName } from '../resource-names.ts';

const sources = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const longestPeriod = 1800;
const longestWindow = 3600;
const positive = 'must be greater than 0';

function validateReference(ref: CrossVersionObjectReference | undefined, path: string, errors: FieldError[]): void {
  for (const part of ['kind', 'name'] as const) {
    const value = ref?.[part];
    if (!value) errors.push(required(`${path}.${part}`));
    else named(isPathSegment, value, `${path}.${part}`, errors);
  }
}

function validateTarget(target: MetricTarget | undefined, path: string, errors: FieldError[]): void {
  const type = target?.type ?? '';
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    errors.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target?.[field];
    if (amount !== undefined && (parseQuantity(amount) ?? 0) <= 0) {
      errors.push(invalid(`${path}.${field}`, amount, 'must be positive'));
    }
  }
  const share = target?.averageUtilization;
  if (share !== undefined && share < 1) errors.push(invalid(`${path}.averageUtilization`, share, positive));
}

function validateIdentifier(metric: MetricIdentifier | undefined, path: string, errors: FieldError[]): void {
  if (!metric?.name) errors.push(required(`${path}.name`, 'must specify a metric name'));
  else named(isPathSegment, metric.name, `${path}.name`, errors);
}

function validateResourceTarget(target: MetricTarget | undefined, path: string, errors: FieldError[]): void {
  validateTarget(target, path, errors);
  if (target?.averageUtilization === undefined && target?.averageValue === undefined) {
    const why = 'must set either a target raw value or a target utilization';
    errors.push(required(`${path}.averageUtilization`, why));
  }
  if (target?.averageUtilization !== undefined && target.averageValue !== undefined) {
    const why = 'may not set both a target raw value and a target utilization';
    errors.push(forbiddenField(`${path}.averageValue`, why));
  }
}

type Check = (metric: MetricSpec, at: string, errors: FieldError[]) => void;

const bySource: Readonly<Record<string, Check>> = {
  object: ({ object }, at, errors) => {
    validateReference(object?.describedObject, `${at}.describedObject`, errors);
    validateIdentifier(object?.metric, `${at}.metric`, errors);
    validateTarget(object?.target, `${at}.target`, errors);
    if (object?.target?.value !== undefined || object?.target?.averageValue !== undefined) return;
    errors.push(required(`${at}.target.averageValue`, 'must set either a target value or averageValue'));
  },
  external: ({ external }, at, errors) => {
    validateIdentifier(external?.metric, `${at}.metric`, errors);
    validateTarget(external?.target, `${at}.target`, errors);
    const { value, averageValue } = external?.target ?? {};
    if (value === undefined && averageValue === undefined) {
      const why = 'must set either a target value for metric or a per-pod target';
      errors.push(required(`${at}.target.averageValue`, why));
    }
    if (value !== undefined && averageValue !== undefined) {
      const why = 'may not set both a target value for metric and a per-pod target';
      errors.push(forbiddenField(`${at}.target.value`, why));
    }
  },
  pods: ({ pods }, at, errors) => {
    validateIdentifier(pods?.metric, `${at}.metric`, errors);
    validateTarget(pods?.target, `${at}.target`, errors);
    if (pods?.target?.averageValue === undefined) {
      errors.push(required(`${at}.target.averageValue`, 'must specify a positive target averageValue'));
    }
  },
  resource: ({ resource }, at, errors) => {
    if (!resource?.name) errors.push(required(`${at}.name`, 'must specify a resource name'));
    validateResourceTarget(resource?.target, `${at}.target`, errors);
  },
  containerResource: ({ containerResource }, at, errors) => {
    if (!containerResource?.name) errors.push(required(`${at}.name`, 'must specify a resource name'));
    else containerResourceName(containerResource.name, `${at}.name`, errors);
    if (!containerResource?.container) errors.push(required(`${at}.container`, 'must specify a container'));
    else named(isDns1123Label, containerResource.container, `${at}.container`, errors);
    validateResourceTarget(containerResource?.target, `${at}.target`, errors);
  },
};

/** API: sources in the order they are looked at; only the first that is there is looked into. */
const looked = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

function validateMetric(metric: MetricSpec, path: string, errors: FieldError[]): void {
  const type = metric.type ?? '';
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric source type'));
  oneOf(type, sources, `${path}.type`, errors);
  const present = looked.filter((field) => metric[field] !== undefined);
  const [first] = present;
  if (first !== undefined) bySource[first]?.(metric, `${path}.${first}`, errors);
  const expected = type.charAt(0).toLowerCase() + type.slice(1);
  if (!sources.includes(type)) oneOf(type, sources, `${path}.type`, errors);
  else if (metric[expected as 'object'] === undefined) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length === 1) return;
  for (const field of present) {
    if (field !== expected)
      errors.push(forbiddenField(`${path}.${field}`, 'must populate the given metric source only'));
  }
}

function validateRules(rules: HPAScalingRules | undefined, path: string, errors: FieldError[]): void {
  if (rules === undefined) return;
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0) {
    errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  }
  if (window !== undefined && window > longestWindow) {
    errors.push(
      invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${longestWindow}`),
    );
  }
  if (rules.selectPolicy !== undefined) {
    oneOf(rules.selectPolicy, ['Disabled', 'Max', 'Min'], `${path}.selectPolicy`, errors);
  }
  if (!rules.policies?.length) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  rules.policies?.forEach((policy, index) => {
    const at = `${path}.policies[${index}]`;
    oneOf(policy.type, ['Percent', 'Pods'], `${at}.type`, errors);
    if ((policy.value ?? 0) <= 0) errors.push(invalid(`${at}.value`, policy.value ?? 0, 'must be greater than zero'));
    const period = policy.periodSeconds ?? 0;
    if (period <= 0) errors.push(invalid(`${at}.periodSeconds`, period, 'must be greater than zero'));
    if (period > longestPeriod) {
      errors.push(invalid(`${at}.periodSeconds`, period, `must be less than or equal to ${longestPeriod}`));
    }
  });
  quantityNonNegative(rules.tolerance, `${path}.tolerance`, errors);
}

/** What is wrong with the status the autoscaling controller writes. */
export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  const errors: FieldError[] = [];
  nonNegative(status?.currentReplicas, 'status.currentReplicas', errors);
  nonNegative(status?.desiredReplicas, 'status.desiredReplicas', errors);
  return errors;
}

/** What is wrong with an autoscaler. API: one that was let go down to no Pod keeps that. */
export function validateAutoscaler(autoscaler: HorizontalPodAutoscaler, old?: HorizontalPodAutoscaler): FieldError[] {
  const errors: FieldError[] = [];
  const spec = autoscaler.spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const { minReplicas, maxReplicas = 0 } = spec;
  const least = old?.spec?.minReplicas === 0 ? 0 : 1;
  if (minReplicas !== undefined && minReplicas < least) {
    errors.push(invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`));
  }
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, positive));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef', errors);
  spec.metrics?.forEach((metric, index) => {
    validateMetric(metric, `spec.metrics[${index}]`, errors);
  });
  if (minReplicas === 0 && !spec.metrics?.some((one) => one.type === 'Object' || one.type === 'External')) {
    const why = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbiddenField('spec.metrics', why));
  }
  validateRules(spec.behavior?.scaleUp, 'spec.behavior.scaleUp', errors);
  validateRules(spec.behavior?.scaleDown, 'spec.behavior.scaleDown', errors);
  return errors;
}
