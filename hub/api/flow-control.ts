/** Flow schemas and priority levels (flowcontrol.apiserver.k8s.io/v1). */
import type { ObjectMeta } from './object.ts';

/** flowcontrol.v1.FlowDistinguisherMethod. */
export interface FlowDistinguisherMethod {
  type: string;
}

/** flowcontrol.v1.PriorityLevelConfigurationReference. */
export interface PriorityLevelConfigurationReference {
  name: string;
}

/** flowcontrol.v1.NonResourcePolicyRule. */
export interface NonResourcePolicyRule {
  nonResourceURLs: string[];
  verbs: string[];
}

/** flowcontrol.v1.ResourcePolicyRule. */
export interface ResourcePolicyRule {
  apiGroups: string[];
  clusterScope?: boolean;
  namespaces?: string[];
  resources: string[];
  verbs: string[];
}

/** flowcontrol.v1.Subject: one of the three is there, as `kind` says. */
export interface FlowSubject {
  kind: string;
  user?: { name: string };
  group?: { name: string };
  serviceAccount?: { name: string; namespace: string };
}

/** flowcontrol.v1.PolicyRulesWithSubjects. */
export interface PolicyRulesWithSubjects {
  nonResourceRules?: NonResourcePolicyRule[];
  resourceRules?: ResourcePolicyRule[];
  subjects: FlowSubject[];
}

/** flowcontrol.v1.FlowSchemaSpec. */
export interface FlowSchemaSpec {
  distinguisherMethod?: FlowDistinguisherMethod;
  matchingPrecedence?: number;
  priorityLevelConfiguration: PriorityLevelConfigurationReference;
  rules?: PolicyRulesWithSubjects[];
}

/** flowcontrol.v1.FlowSchemaCondition. */
export interface FlowSchemaCondition {
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status?: string;
  type?: string;
}

/** flowcontrol.v1.FlowSchemaStatus. */
export interface FlowSchemaStatus {
  conditions?: FlowSchemaCondition[];
}

/** flowcontrol.v1.FlowSchema. */
export interface FlowSchema {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: FlowSchemaSpec;
  status?: FlowSchemaStatus;
  [field: string]: unknown;
}

/** flowcontrol.v1.ExemptPriorityLevelConfiguration. */
export interface ExemptPriorityLevelConfiguration {
  lendablePercent?: number;
  nominalConcurrencyShares?: number;
}

/** flowcontrol.v1.QueuingConfiguration. */
export interface QueuingConfiguration {
  handSize?: number;
  queueLengthLimit?: number;
  queues?: number;
}

/** flowcontrol.v1.LimitResponse. */
export interface LimitResponse {
  queuing?: QueuingConfiguration;
  type: string;
}

/** flowcontrol.v1.LimitedPriorityLevelConfiguration. */
export interface LimitedPriorityLevelConfiguration {
  borrowingLimitPercent?: number;
  lendablePercent?: number;
  limitResponse?: LimitResponse;
  nominalConcurrencyShares?: number;
}

/** flowcontrol.v1.PriorityLevelConfigurationSpec. */
export interface PriorityLevelConfigurationSpec {
  exempt?: ExemptPriorityLevelConfiguration;
  limited?: LimitedPriorityLevelConfiguration;
  type: string;
}

/** flowcontrol.v1.PriorityLevelConfigurationCondition. */
export interface PriorityLevelConfigurationCondition {
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status?: string;
  type?: string;
}

/** flowcontrol.v1.PriorityLevelConfigurationStatus. */
export interface PriorityLevelConfigurationStatus {
  conditions?: PriorityLevelConfigurationCondition[];
}

/** flowcontrol.v1.PriorityLevelConfiguration. */
export interface PriorityLevelConfiguration {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: PriorityLevelConfigurationSpec;
  status?: PriorityLevelConfigurationStatus;
  [field: string]: unknown;
}
