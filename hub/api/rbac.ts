/** Roles and who has them (rbac.authorization.k8s.io/v1). */
import type { LabelSelector, ObjectMeta } from './object.ts';

/** rbac.v1.PolicyRule. */
export interface PolicyRule {
  apiGroups?: string[];
  nonResourceURLs?: string[];
  resourceNames?: string[];
  resources?: string[];
  verbs: string[];
}

/** rbac.v1.AggregationRule. */
export interface AggregationRule {
  clusterRoleSelectors?: LabelSelector[];
}

/** rbac.v1.Role. */
export interface Role {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  rules?: PolicyRule[];
  [field: string]: unknown;
}

/** rbac.v1.ClusterRole. */
export interface ClusterRole {
  aggregationRule?: AggregationRule;
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  rules?: PolicyRule[];
  [field: string]: unknown;
}

/** rbac.v1.Subject. */
export interface Subject {
  apiGroup?: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** rbac.v1.RoleRef. */
export interface RoleRef {
  apiGroup?: string;
  kind: string;
  name: string;
}

/** rbac.v1.RoleBinding. */
export interface RoleBinding {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  roleRef: RoleRef;
  subjects?: Subject[];
  [field: string]: unknown;
}

/** rbac.v1.ClusterRoleBinding. */
export interface ClusterRoleBinding {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  roleRef: RoleRef;
  subjects?: Subject[];
  [field: string]: unknown;
}
