/** Configuration and identity objects (core/v1). */
import type { ObjectMeta, ObjectReference } from './object.ts';
import type { LocalObjectReference } from './pod.ts';

/** core.v1.ConfigMap. */
export interface ConfigMap {
  apiVersion: string;
  binaryData?: Record<string, string>;
  data?: Record<string, string>;
  immutable?: boolean;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** core.v1.Secret. */
export interface Secret {
  apiVersion: string;
  data?: Record<string, string>;
  immutable?: boolean;
  kind: string;
  metadata: ObjectMeta;
  stringData?: Record<string, string>;
  type?: string;
  [field: string]: unknown;
}

/** core.v1.ServiceAccount. */
export interface ServiceAccount {
  apiVersion: string;
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: LocalObjectReference[];
  kind: string;
  metadata: ObjectMeta;
  secrets?: ObjectReference[];
  [field: string]: unknown;
}

/** In spec.finalizers of a Namespace for as long as there may be something in it. */
export const namespaceFinalizer = 'kubernetes';

/** core.v1.NamespaceSpec. */
export interface NamespaceSpec {
  finalizers?: string[];
}

/** core.v1.NamespaceCondition. */
export interface NamespaceCondition {
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
}

/** core.v1.NamespaceStatus. */
export interface NamespaceStatus {
  conditions?: NamespaceCondition[];
  phase?: string;
}

/** core.v1.Namespace. */
export interface Namespace {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: NamespaceSpec;
  status?: NamespaceStatus;
  [field: string]: unknown;
}

/** core.v1.EventSource. */
export interface EventSource {
  component?: string;
  host?: string;
}

/** core.v1.EventSeries. */
export interface EventSeries {
  count?: number;
  lastObservedTime?: string;
}

/** core.v1.Event. */
export interface Event {
  action?: string;
  apiVersion: string;
  count?: number;
  eventTime?: string;
  firstTimestamp?: string;
  involvedObject: ObjectReference;
  kind: string;
  lastTimestamp?: string;
  message?: string;
  metadata: ObjectMeta;
  reason?: string;
  related?: ObjectReference;
  reportingComponent?: string;
  reportingInstance?: string;
  series?: EventSeries;
  source?: EventSource;
  type?: string;
  [field: string]: unknown;
}
