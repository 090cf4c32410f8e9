/** Admission policies in CEL and their bindings (admissionregistration.k8s.io/v1). */
import type { KubeObject, LabelSelector } from './object.ts';
import type { MatchCondition, RuleWithOperations } from './webhook.ts';

/** admissionregistration.v1.NamedRuleWithOperations. */
export interface NamedRule extends RuleWithOperations {
  resourceNames?: string[];
}

/** admissionregistration.v1.MatchResources. */
export interface MatchResources {
  matchPolicy?: string;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: NamedRule[];
  excludeResourceRules?: NamedRule[];
}

/** admissionregistration.v1.ParamKind. */
export interface ParamKind {
  apiVersion?: string;
  kind?: string;
}

/** admissionregistration.v1.ParamRef. */
export interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelector;
  parameterNotFoundAction?: string;
}

/** admissionregistration.v1.Variable. */
export interface PolicyVariable {
  name: string;
  expression: string;
}

/** admissionregistration.v1.Validation. */
export interface Validation {
  expression: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
}

/** admissionregistration.v1.AuditAnnotation. */
export interface AuditAnnotation {
  key: string;
  valueExpression: string;
}

/** admissionregistration.v1.Mutation. */
export interface Mutation {
  patchType?: string;
  applyConfiguration?: { expression?: string };
  jsonPatch?: { expression?: string };
}

/** What the specs of both kinds of policies have. */
export interface PolicySpec {
  failurePolicy?: string;
  matchConditions?: MatchCondition[];
  matchConstraints?: MatchResources;
  paramKind?: ParamKind;
  variables?: PolicyVariable[];
}

/** admissionregistration.v1.ValidatingAdmissionPolicySpec. */
export interface ValidatingPolicySpec extends PolicySpec {
  auditAnnotations?: AuditAnnotation[];
  validations?: Validation[];
}

/** admissionregistration.v1.MutatingAdmissionPolicySpec. */
export interface MutatingPolicySpec extends PolicySpec {
  mutations?: Mutation[];
  reinvocationPolicy?: string;
}

/** admissionregistration.v1.ExpressionWarning: what is wrong with the types of one expression. */
export interface ExpressionWarning {
  fieldRef: string;
  warning: string;
}

/** admissionregistration.v1.ValidatingAdmissionPolicyStatus. */
export interface ValidatingPolicyStatus {
  conditions?: unknown[];
  observedGeneration?: number;
  typeChecking?: { expressionWarnings?: ExpressionWarning[] };
}

/** admissionregistration.v1.ValidatingAdmissionPolicy. */
export interface ValidatingPolicy extends KubeObject {
  spec?: ValidatingPolicySpec;
  status?: ValidatingPolicyStatus;
}

/** admissionregistration.v1.MutatingAdmissionPolicy. */
export interface MutatingPolicy extends KubeObject {
  spec?: MutatingPolicySpec;
}

/** Both kinds of bindings; `validationActions` only those of validating policies. */
export interface PolicyBinding extends KubeObject {
  spec?: {
    policyName?: string;
    paramRef?: ParamRef;
    matchResources?: MatchResources;
    validationActions?: string[];
  };
}
