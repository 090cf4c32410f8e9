/** The Node (core/v1). */
import type { ObjectMeta } from './object.ts';
import type { Taint } from './scheduling.ts';

/** core.v1.NodeSpec. */
export interface NodeSpec {
  configSource?: Record<string, unknown>;
  externalID?: string;
  podCIDR?: string;
  podCIDRs?: string[];
  providerID?: string;
  taints?: Taint[];
  unschedulable?: boolean;
}

/** core.v1.NodeAddress. */
export interface NodeAddress {
  address: string;
  type: string;
}

/** core.v1.DaemonEndpoint. */
export interface DaemonEndpoint {
  Port: number;
}

/** core.v1.NodeDaemonEndpoints. */
export interface NodeDaemonEndpoints {
  kubeletEndpoint?: DaemonEndpoint;
}

/** core.v1.NodeSystemInfo. */
export interface NodeSystemInfo {
  architecture: string;
  bootID: string;
  containerRuntimeVersion: string;
  kernelVersion: string;
  kubeProxyVersion: string;
  kubeletVersion: string;
  machineID: string;
  operatingSystem: string;
  osImage: string;
  swap?: Record<string, unknown>;
  systemUUID: string;
}

/** core.v1.ContainerImage. */
export interface ContainerImage {
  names?: string[];
  sizeBytes?: number;
}

/** core.v1.NodeCondition. */
export interface NodeCondition {
  lastHeartbeatTime?: string;
  lastTransitionTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
}

/** core.v1.NodeStatus. */
export interface NodeStatus {
  addresses?: NodeAddress[];
  allocatable?: Record<string, string>;
  capacity?: Record<string, string>;
  conditions?: NodeCondition[];
  config?: Record<string, unknown>;
  daemonEndpoints?: NodeDaemonEndpoints;
  declaredFeatures?: string[];
  features?: Record<string, unknown>;
  images?: ContainerImage[];
  nodeInfo?: NodeSystemInfo;
  phase?: string;
  runtimeHandlers?: Record<string, unknown>[];
  volumesAttached?: Record<string, unknown>[];
  volumesInUse?: string[];
}

/** core.v1.Node. */
export interface Node {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: NodeSpec;
  status?: NodeStatus;
  [field: string]: unknown;
}
