/** PodDisruptionBudgets (policy/v1). */
import type { Condition, LabelSelector, ObjectMeta } from './object.ts';

/** policy.v1.PodDisruptionBudgetSpec. */
export interface PodDisruptionBudgetSpec {
  maxUnavailable?: number | string;
  minAvailable?: number | string;
  selector?: LabelSelector;
  unhealthyPodEvictionPolicy?: string;
}

/** policy.v1.PodDisruptionBudgetStatus. */
export interface PodDisruptionBudgetStatus {
  conditions?: Condition[];
  currentHealthy?: number;
  desiredHealthy?: number;
  disruptedPods?: Record<string, string>;
  disruptionsAllowed?: number;
  expectedPods?: number;
  observedGeneration?: number;
}

/** policy.v1.PodDisruptionBudget. */
export interface PodDisruptionBudget {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: PodDisruptionBudgetSpec;
  status?: PodDisruptionBudgetStatus;
  [field: string]: unknown;
}
