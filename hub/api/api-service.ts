/** APIServices (apiregistration.k8s.io/v1). */
import type { ObjectMeta } from './object.ts';
import type { ResourceRef } from './resource.ts';
import type { ServiceReference } from './webhook.ts';

/** The resource. */
export const apiServices: ResourceRef = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' };

/** The name of the APIService of a group version. */
export function apiServiceName({ group, version }: { readonly group: string; readonly version: string }): string {
  return `${version}.${group}`;
}

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

/** The port of a Service that is meant when a reference names none. */
export const defaultServicePort = 443;

/** True when the group version may be asked for now. */
export function isAvailable({ status }: APIService): boolean {
  return status?.conditions?.some((one) => one.type === 'Available' && one.status === 'True') ?? false;
}
