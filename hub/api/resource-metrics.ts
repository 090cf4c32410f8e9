/** What nodes and Pods use (metrics.k8s.io/v1beta1). */
import type { ObjectMeta } from './object.ts';
import type { ResourceRef } from './resource.ts';

/** metrics.v1beta1.ContainerMetrics. Quantities by `cpu` and `memory`. */
export interface ContainerMetrics {
  name: string;
  usage: Record<string, string>;
}

/** metrics.v1beta1.NodeMetrics. Usage is the mean over the `window` (a Go duration) that ended at `timestamp`. */
export interface NodeMetrics {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
  timestamp: string;
  window: string;
  usage: Record<string, string>;
  [field: string]: unknown;
}

/** metrics.v1beta1.PodMetrics. */
export interface PodMetrics {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
  timestamp: string;
  window: string;
  containers: ContainerMetrics[];
  [field: string]: unknown;
}

/** The group. */
export const metricsGroup = 'metrics.k8s.io';

/** PodMetrics, which are read and never stored. */
export const podMetricsOfPods: ResourceRef = { group: metricsGroup, version: 'v1beta1', resource: 'pods' };
