/** Admission webhooks (admissionregistration.k8s.io/v1). */
import type { LabelSelector, ObjectMeta } from './object.ts';

/** admissionregistration.v1.ServiceReference. */
export interface ServiceReference {
  name: string;
  namespace: string;
  path?: string;
  port?: number;
}

/** admissionregistration.v1.WebhookClientConfig. */
export interface WebhookClientConfig {
  caBundle?: string;
  service?: ServiceReference;
  url?: string;
}

/** admissionregistration.v1.MatchCondition. */
export interface MatchCondition {
  expression: string;
  name: string;
}

/** admissionregistration.v1.RuleWithOperations. */
export interface RuleWithOperations {
  apiGroups?: string[];
  apiVersions?: string[];
  operations?: string[];
  resources?: string[];
  scope?: string;
}

/** admissionregistration.v1.ValidatingWebhook. */
export interface ValidatingWebhook {
  admissionReviewVersions: string[];
  clientConfig: WebhookClientConfig;
  failurePolicy?: string;
  matchConditions?: MatchCondition[];
  matchPolicy?: string;
  name: string;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  rules?: RuleWithOperations[];
  sideEffects: string;
  timeoutSeconds?: number;
}

/** admissionregistration.v1.MutatingWebhook: one more field, whether it is asked again after others changed the object. */
export interface MutatingWebhook extends ValidatingWebhook {
  reinvocationPolicy?: string;
}

/** admissionregistration.v1.MutatingWebhookConfiguration. */
export interface MutatingWebhookConfiguration {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  webhooks?: MutatingWebhook[];
  [field: string]: unknown;
}

/** admissionregistration.v1.ValidatingWebhookConfiguration. */
export interface ValidatingWebhookConfiguration {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  webhooks?: ValidatingWebhook[];
  [field: string]: unknown;
}
