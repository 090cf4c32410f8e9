/** Priority and runtime classes (scheduling.k8s.io/v1, node.k8s.io/v1). */
import type { ObjectMeta } from './object.ts';
import type { Toleration } from './scheduling.ts';

/** scheduling.v1.PriorityClass. */
export interface PriorityClass {
  apiVersion: string;
  description?: string;
  globalDefault?: boolean;
  kind: string;
  metadata: ObjectMeta;
  preemptionPolicy?: string;
  value?: number;
  [field: string]: unknown;
}

/** node.v1.Overhead. */
export interface Overhead {
  podFixed?: Record<string, string>;
}

/** node.v1.Scheduling. */
export interface Scheduling {
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
}

/** node.v1.RuntimeClass. */
export interface RuntimeClass {
  apiVersion: string;
  handler: string;
  kind: string;
  metadata: ObjectMeta;
  overhead?: Overhead;
  scheduling?: Scheduling;
  [field: string]: unknown;
}
