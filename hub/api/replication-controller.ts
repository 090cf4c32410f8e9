/** ReplicationControllers and PodTemplates (core/v1). */
import type { ObjectMeta } from './object.ts';
import type { PodTemplateSpec } from './pod.ts';

/** core.v1.ReplicationControllerSpec. */
export interface ReplicationControllerSpec {
  minReadySeconds?: number;
  replicas?: number;
  selector?: Record<string, string>;
  template?: PodTemplateSpec;
}

/** core.v1.ReplicationControllerCondition. */
export interface ReplicationControllerCondition {
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
}

/** core.v1.ReplicationControllerStatus. */
export interface ReplicationControllerStatus {
  availableReplicas?: number;
  conditions?: ReplicationControllerCondition[];
  fullyLabeledReplicas?: number;
  observedGeneration?: number;
  readyReplicas?: number;
  replicas: number;
}

/** core.v1.ReplicationController. */
export interface ReplicationController {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: ReplicationControllerSpec;
  status?: ReplicationControllerStatus;
  [field: string]: unknown;
}

/** core.v1.PodTemplate. */
export interface PodTemplate {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  template?: PodTemplateSpec;
  [field: string]: unknown;
}
