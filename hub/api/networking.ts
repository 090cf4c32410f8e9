/** Ingresses and network policies (networking.k8s.io/v1). */
import type { Condition, LabelSelector, ObjectMeta } from './object.ts';
import type { TypedLocalObjectReference } from './persistent-volume-claim.ts';

/** networking.v1.ServiceBackendPort. */
export interface ServiceBackendPort {
  name?: string;
  number?: number;
}

/** networking.v1.IngressServiceBackend. */
export interface IngressServiceBackend {
  name: string;
  port?: ServiceBackendPort;
}

/** networking.v1.IngressBackend. */
export interface IngressBackend {
  resource?: TypedLocalObjectReference;
  service?: IngressServiceBackend;
}

/** networking.v1.HTTPIngressPath. */
export interface HTTPIngressPath {
  backend: IngressBackend;
  path?: string;
  pathType: string;
}

/** networking.v1.HTTPIngressRuleValue. */
export interface HTTPIngressRuleValue {
  paths: HTTPIngressPath[];
}

/** networking.v1.IngressRule. */
export interface IngressRule {
  host?: string;
  http?: HTTPIngressRuleValue;
}

/** networking.v1.IngressTLS. */
export interface IngressTLS {
  hosts?: string[];
  secretName?: string;
}

/** networking.v1.IngressSpec. */
export interface IngressSpec {
  defaultBackend?: IngressBackend;
  ingressClassName?: string;
  rules?: IngressRule[];
  tls?: IngressTLS[];
}

/** networking.v1.IngressPortStatus. */
export interface IngressPortStatus {
  error?: string;
  port: number;
  protocol: string;
}

/** networking.v1.IngressLoadBalancerIngress. */
export interface IngressLoadBalancerIngress {
  hostname?: string;
  ip?: string;
  ports?: IngressPortStatus[];
}

/** networking.v1.IngressLoadBalancerStatus. */
export interface IngressLoadBalancerStatus {
  ingress?: IngressLoadBalancerIngress[];
}

/** networking.v1.IngressStatus. */
export interface IngressStatus {
  loadBalancer?: IngressLoadBalancerStatus;
}

/** networking.v1.Ingress. */
export interface Ingress {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: IngressSpec;
  status?: IngressStatus;
  [field: string]: unknown;
}

/** networking.v1.IngressClassParametersReference. */
export interface IngressClassParametersReference {
  apiGroup?: string;
  kind: string;
  name: string;
  namespace?: string;
  scope?: string;
}

/** networking.v1.IngressClassSpec. */
export interface IngressClassSpec {
  controller?: string;
  parameters?: IngressClassParametersReference;
}

/** networking.v1.IngressClass. */
export interface IngressClass {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: IngressClassSpec;
  [field: string]: unknown;
}

/** networking.v1.NetworkPolicyPort. */
export interface NetworkPolicyPort {
  endPort?: number;
  port?: number | string;
  protocol?: string;
}

/** networking.v1.IPBlock. */
export interface IPBlock {
  cidr: string;
  except?: string[];
}

/** networking.v1.NetworkPolicyPeer. */
export interface NetworkPolicyPeer {
  ipBlock?: IPBlock;
  namespaceSelector?: LabelSelector;
  podSelector?: LabelSelector;
}

/** networking.v1.NetworkPolicyEgressRule. */
export interface NetworkPolicyEgressRule {
  ports?: NetworkPolicyPort[];
  to?: NetworkPolicyPeer[];
}

/** networking.v1.NetworkPolicyIngressRule. */
export interface NetworkPolicyIngressRule {
  from?: NetworkPolicyPeer[];
  ports?: NetworkPolicyPort[];
}

/** networking.v1.NetworkPolicySpec. */
export interface NetworkPolicySpec {
  egress?: NetworkPolicyEgressRule[];
  ingress?: NetworkPolicyIngressRule[];
  podSelector?: LabelSelector;
  policyTypes?: string[];
}

/** networking.v1.NetworkPolicy. */
export interface NetworkPolicy {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: NetworkPolicySpec;
  [field: string]: unknown;
}

/** networking.v1.ParentReference. */
export interface ParentReference {
  group?: string;
  name: string;
  namespace?: string;
  resource: string;
}

/** networking.v1.IPAddressSpec. */
export interface IPAddressSpec {
  parentRef: ParentReference;
}

/** networking.v1.IPAddress. */
export interface IPAddress {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: IPAddressSpec;
  [field: string]: unknown;
}

/** networking.v1.ServiceCIDRSpec. */
export interface ServiceCIDRSpec {
  cidrs?: string[];
}

/** networking.v1.ServiceCIDRStatus. */
export interface ServiceCIDRStatus {
  conditions?: Condition[];
}

/** networking.v1.ServiceCIDR. */
export interface ServiceCIDR {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: ServiceCIDRSpec;
  status?: ServiceCIDRStatus;
  [field: string]: unknown;
}
