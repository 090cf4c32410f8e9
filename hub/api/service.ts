/** Services and what stands behind them (core/v1, discovery/v1). */
import type { ObjectMeta, ObjectReference } from './object.ts';

/** core.v1.ServicePort. */
export interface ServicePort {
  appProtocol?: string;
  name?: string;
  nodePort?: number;
  port: number;
  protocol?: string;
  targetPort?: number | string;
}

/** core.v1.ClientIPConfig. */
export interface ClientIPConfig {
  timeoutSeconds?: number;
}

/** core.v1.SessionAffinityConfig. */
export interface SessionAffinityConfig {
  clientIP?: ClientIPConfig;
}

/** core.v1.ServiceSpec. */
export interface ServiceSpec {
  allocateLoadBalancerNodePorts?: boolean;
  clusterIP?: string;
  clusterIPs?: string[];
  externalIPs?: string[];
  externalName?: string;
  externalTrafficPolicy?: string;
  healthCheckNodePort?: number;
  internalTrafficPolicy?: string;
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  loadBalancerClass?: string;
  loadBalancerIP?: string;
  loadBalancerSourceRanges?: string[];
  ports?: ServicePort[];
  publishNotReadyAddresses?: boolean;
  selector?: Record<string, string>;
  sessionAffinity?: string;
  sessionAffinityConfig?: SessionAffinityConfig;
  trafficDistribution?: string;
  type?: string;
}

/** core.v1.Service. */
export interface Service {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: ServiceSpec;
  status?: Record<string, unknown>;
  [field: string]: unknown;
}

/** core.v1.EndpointAddress. */
export interface EndpointAddress {
  hostname?: string;
  ip: string;
  nodeName?: string;
  targetRef?: ObjectReference;
}

/** core.v1.EndpointPort. */
export interface EndpointPort {
  appProtocol?: string;
  name?: string;
  port: number;
  protocol?: string;
}

/** core.v1.EndpointSubset. */
export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}

/** core.v1.Endpoints. */
export interface Endpoints {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  subsets?: EndpointSubset[];
  [field: string]: unknown;
}

/** discovery.v1.EndpointConditions. */
export interface EndpointConditions {
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
}

/** API: marks the endpoints of a Service without an address of its own. */
export const headlessLabel = 'service.kubernetes.io/headless';

/**
 * Annotation, `"true"`: each node answers at this Service's address itself, through an interface of its own; service proxies
 * leave it alone.
 */
export const nodeLocalAnnotation = 'coracle.io/node-local';

/** True for a Service without an address of its own. */
export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None' || service.spec.clusterIPs?.[0] === 'None';
}
