/** APIServices (apiregistration.k8s.io/v1). */
import type { ObjectMeta } from './object.ts';
import type { ServiceReference } from './webhook.ts';

/** apiregistration.v1.APIServiceSpec. */
export interface APIServiceSpec {
  caBundle?: string;
  group?: string;
  groupPriorityMinimum: number;
  insecureSkipTLSVerify?: boolean;
  service?: ServiceReference;
  version?: string;
  versionPriority: number;
}

/** apiregistration.v1.APIServiceCondition. */
export interface APIServiceCondition {
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
}

/** apiregistration.v1.APIServiceStatus. */
export interface APIServiceStatus {
  conditions?: APIServiceCondition[];
}

/** apiregistration.v1.APIService. */
export interface APIService {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: APIServiceSpec;
  status?: APIServiceStatus;
  [field: string]: unknown;
}
