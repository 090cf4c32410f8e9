/** Jobs and CronJobs (batch/v1). */
import type { LabelSelector, ObjectMeta, ObjectReference } from './object.ts';
import type { PodTemplateSpec } from './pod.ts';

/** batch.v1.PodFailurePolicyOnExitCodesRequirement. */
export interface PodFailurePolicyOnExitCodesRequirement {
  containerName?: string;
  operator: string;
  values: number[];
}

/** batch.v1.PodFailurePolicyOnPodConditionsPattern. */
export interface PodFailurePolicyOnPodConditionsPattern {
  status?: string;
  type: string;
}

/** batch.v1.PodFailurePolicyRule. */
export interface PodFailurePolicyRule {
  action: string;
  onExitCodes?: PodFailurePolicyOnExitCodesRequirement;
  onPodConditions?: PodFailurePolicyOnPodConditionsPattern[];
}

/** batch.v1.PodFailurePolicy. */
export interface PodFailurePolicy {
  rules: PodFailurePolicyRule[];
}

/** batch.v1.SuccessPolicyRule. */
export interface SuccessPolicyRule {
  succeededCount?: number;
  succeededIndexes?: string;
}

/** batch.v1.SuccessPolicy. */
export interface SuccessPolicy {
  rules: SuccessPolicyRule[];
}

/** API: whom `managedBy` of a Job names when nobody else looks after it. */
export const ownJobManager = 'kubernetes.io/job-controller';

/** batch.v1.JobSpec. */
export interface JobSpec {
  activeDeadlineSeconds?: number;
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  completionMode?: string;
  completions?: number;
  managedBy?: string;
  manualSelector?: boolean;
  maxFailedIndexes?: number;
  parallelism?: number;
  podFailurePolicy?: PodFailurePolicy;
  podReplacementPolicy?: string;
  selector?: LabelSelector;
  successPolicy?: SuccessPolicy;
  suspend?: boolean;
  template: PodTemplateSpec;
  ttlSecondsAfterFinished?: number;
}

/** batch.v1.JobCondition. */
export interface JobCondition {
  lastProbeTime?: string;
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
}

/** batch.v1.UncountedTerminatedPods. */
export interface UncountedTerminatedPods {
  failed?: string[];
  succeeded?: string[];
}

/** batch.v1.JobStatus. */
export interface JobStatus {
  active?: number;
  completedIndexes?: string;
  completionTime?: string;
  conditions?: JobCondition[];
  failed?: number;
  failedIndexes?: string;
  ready?: number;
  startTime?: string;
  succeeded?: number;
  terminating?: number;
  uncountedTerminatedPods?: UncountedTerminatedPods;
}

/** batch.v1.Job. */
export interface Job {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: JobSpec;
  status?: JobStatus;
  [field: string]: unknown;
}

/** batch.v1.JobTemplateSpec. */
export interface JobTemplateSpec {
  metadata?: ObjectMeta;
  spec?: JobSpec;
}

/** batch.v1.CronJobSpec. */
export interface CronJobSpec {
  concurrencyPolicy?: string;
  failedJobsHistoryLimit?: number;
  jobTemplate: JobTemplateSpec;
  schedule: string;
  startingDeadlineSeconds?: number;
  successfulJobsHistoryLimit?: number;
  suspend?: boolean;
  timeZone?: string;
}

/** batch.v1.CronJobStatus. */
export interface CronJobStatus {
  active?: ObjectReference[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}

/** batch.v1.CronJob. */
export interface CronJob {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: CronJobSpec;
  status?: CronJobStatus;
  [field: string]: unknown;
}
