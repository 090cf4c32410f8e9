/** Certificate signing requests (certificates.k8s.io/v1). */
import type { ObjectMeta } from './object.ts';

/** certificates.v1.CertificateSigningRequestSpec. */
export interface CertificateSigningRequestSpec {
  expirationSeconds?: number;
  extra?: Record<string, string[]>;
  groups?: string[];
  request: string;
  signerName: string;
  uid?: string;
  usages?: string[];
  username?: string;
}

/** certificates.v1.CertificateSigningRequestCondition. */
export interface CertificateSigningRequestCondition {
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
}

/** certificates.v1.CertificateSigningRequestStatus. */
export interface CertificateSigningRequestStatus {
  certificate?: string;
  conditions?: CertificateSigningRequestCondition[];
}

/** certificates.v1.CertificateSigningRequest. */
export interface CertificateSigningRequest {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: CertificateSigningRequestSpec;
  status?: CertificateSigningRequestStatus;
  [field: string]: unknown;
}
