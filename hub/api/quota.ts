/** Quotas and limits of namespaces (core/v1). */
import type { ObjectMeta } from './object.ts';

/** Kinds of the core group whose plain plural is a quota name of its own, beside `count/<plural>`. */
export const countedByPlural: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
]);

/** core.v1.ScopedResourceSelectorRequirement. */
export interface ScopedResourceSelectorRequirement {
  operator: string;
  scopeName: string;
  values?: string[];
}

/** core.v1.ScopeSelector. */
export interface ScopeSelector {
  matchExpressions?: ScopedResourceSelectorRequirement[];
}

/** core.v1.ResourceQuotaSpec. */
export interface ResourceQuotaSpec {
  hard?: Record<string, string>;
  scopeSelector?: ScopeSelector;
  scopes?: string[];
}

/** core.v1.ResourceQuotaStatus. */
export interface ResourceQuotaStatus {
  hard?: Record<string, string>;
  used?: Record<string, string>;
}

/** core.v1.ResourceQuota. */
export interface ResourceQuota {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: ResourceQuotaSpec;
  status?: ResourceQuotaStatus;
  [field: string]: unknown;
}

/** core.v1.LimitRangeItem. */
export interface LimitRangeItem {
  default?: Record<string, string>;
  defaultRequest?: Record<string, string>;
  max?: Record<string, string>;
  maxLimitRequestRatio?: Record<string, string>;
  min?: Record<string, string>;
  type: string;
}

/** core.v1.LimitRangeSpec. */
export interface LimitRangeSpec {
  limits: LimitRangeItem[];
}

/** core.v1.LimitRange. */
export interface LimitRange {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: LimitRangeSpec;
  [field: string]: unknown;
}
