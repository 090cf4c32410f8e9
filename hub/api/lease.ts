/** Leases (coordination.k8s.io/v1). */
import type { ObjectMeta } from './object.ts';

/** Where each node has the Lease that says it is alive. */
export const nodeLeaseNamespace = 'kube-node-lease';

/** coordination.v1.LeaseSpec. */
export interface LeaseSpec {
  acquireTime?: string;
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  leaseTransitions?: number;
  preferredHolder?: string;
  renewTime?: string;
  strategy?: string;
}

/** coordination.v1.Lease. */
export interface Lease {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: LeaseSpec;
  [field: string]: unknown;
}
