/** HorizontalPodAutoscalers (autoscaling/v2, v1). */
import type { LabelSelector, ObjectMeta } from './object.ts';

/** autoscaling.v2.HPAScalingPolicy. */
export interface HPAScalingPolicy {
  periodSeconds: number;
  type: string;
  value: number;
}

/** autoscaling.v2.HPAScalingRules. */
export interface HPAScalingRules {
  policies?: HPAScalingPolicy[];
  selectPolicy?: string;
  stabilizationWindowSeconds?: number;
  tolerance?: string;
}

/** autoscaling.v2.HorizontalPodAutoscalerBehavior. */
export interface HorizontalPodAutoscalerBehavior {
  scaleDown?: HPAScalingRules;
  scaleUp?: HPAScalingRules;
}

/** autoscaling.v2.MetricTarget. */
export interface MetricTarget {
  averageUtilization?: number;
  averageValue?: string;
  type: string;
  value?: string;
}

/** autoscaling.v2.ContainerResourceMetricSource. */
export interface ContainerResourceMetricSource {
  container: string;
  name: string;
  target: MetricTarget;
}

/** autoscaling.v2.MetricIdentifier. */
export interface MetricIdentifier {
  name: string;
  selector?: LabelSelector;
}

/** autoscaling.v2.ExternalMetricSource. */
export interface ExternalMetricSource {
  metric: MetricIdentifier;
  target: MetricTarget;
}

/** autoscaling.v2.CrossVersionObjectReference. */
export interface CrossVersionObjectReference {
  apiVersion?: string;
  kind: string;
  name: string;
}

/** autoscaling.v2.ObjectMetricSource. */
export interface ObjectMetricSource {
  describedObject: CrossVersionObjectReference;
  metric: MetricIdentifier;
  target: MetricTarget;
}

/** autoscaling.v2.PodsMetricSource. */
export interface PodsMetricSource {
  metric: MetricIdentifier;
  target: MetricTarget;
}

/** autoscaling.v2.ResourceMetricSource. */
export interface ResourceMetricSource {
  name: string;
  target: MetricTarget;
}

/** autoscaling.v2.MetricSpec. */
export interface MetricSpec {
  containerResource?: ContainerResourceMetricSource;
  external?: ExternalMetricSource;
  object?: ObjectMetricSource;
  pods?: PodsMetricSource;
  resource?: ResourceMetricSource;
  type: string;
}

/** autoscaling.v2.HorizontalPodAutoscalerSpec. */
export interface HorizontalPodAutoscalerSpec {
  behavior?: HorizontalPodAutoscalerBehavior;
  maxReplicas: number;
  metrics?: MetricSpec[];
  minReplicas?: number;
  scaleTargetRef: CrossVersionObjectReference;
}

/** autoscaling.v2.HorizontalPodAutoscalerCondition. */
export interface HorizontalPodAutoscalerCondition {
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
}

/** autoscaling.v2.MetricValueStatus. */
export interface MetricValueStatus {
  averageUtilization?: number;
  averageValue?: string;
  value?: string;
}

/** autoscaling.v2.ContainerResourceMetricStatus. */
export interface ContainerResourceMetricStatus {
  container: string;
  current: MetricValueStatus;
  name: string;
}

/** autoscaling.v2.ExternalMetricStatus. */
export interface ExternalMetricStatus {
  current: MetricValueStatus;
  metric: MetricIdentifier;
}

/** autoscaling.v2.ObjectMetricStatus. */
export interface ObjectMetricStatus {
  current: MetricValueStatus;
  describedObject: CrossVersionObjectReference;
  metric: MetricIdentifier;
}

/** autoscaling.v2.PodsMetricStatus. */
export interface PodsMetricStatus {
  current: MetricValueStatus;
  metric: MetricIdentifier;
}

/** autoscaling.v2.ResourceMetricStatus. */
export interface ResourceMetricStatus {
  current: MetricValueStatus;
  name: string;
}

/** autoscaling.v2.MetricStatus. */
export interface MetricStatus {
  containerResource?: ContainerResourceMetricStatus;
  external?: ExternalMetricStatus;
  object?: ObjectMetricStatus;
  pods?: PodsMetricStatus;
  resource?: ResourceMetricStatus;
  type: string;
}

/** autoscaling.v2.HorizontalPodAutoscalerStatus. */
export interface HorizontalPodAutoscalerStatus {
  conditions?: HorizontalPodAutoscalerCondition[];
  currentMetrics?: MetricStatus[];
  currentReplicas?: number;
  desiredReplicas: number;
  lastScaleTime?: string;
  observedGeneration?: number;
}

/** autoscaling.v2.HorizontalPodAutoscaler. */
export interface HorizontalPodAutoscaler {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: HorizontalPodAutoscalerSpec;
  status?: HorizontalPodAutoscalerStatus;
  [field: string]: unknown;
}
