/** Devices that drivers offer and Pods claim (resource.k8s.io/v1). */
import type { Condition } from './condition.ts';
import type { KubeObject, ObjectMeta } from './object.ts';
import type { NodeSelector } from './scheduling.ts';

/** Picks devices by an expression. */
export interface DeviceSelector {
  cel?: { expression: string };
}

/** What a claim accepts although devices are tainted. */
export interface DeviceToleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

/** What keeps claims away from a device that do not tolerate it. */
export interface DeviceTaint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

/** How many devices of a class are asked for. */
export interface ExactDeviceRequest {
  deviceClassName: string;
  selectors?: DeviceSelector[];
  allocationMode?: string;
  count?: number;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
}

/** One of several ways to meet a request. */
export interface DeviceSubRequest extends ExactDeviceRequest {
  name: string;
}

/** One request of a claim: exactly this, or the first of these that is there. */
export interface DeviceRequest {
  name: string;
  exactly?: ExactDeviceRequest;
  firstAvailable?: DeviceSubRequest[];
}

/** What the devices of several requests have in common, or not. */
export interface DeviceConstraint {
  requests?: string[];
  matchAttribute?: string;
  distinctAttribute?: string;
}

/** Parameters only the driver understands. */
export interface DeviceConfiguration {
  opaque?: { driver: string; parameters?: unknown };
}

/** Parameters for some of the requests of a claim. */
export interface DeviceClaimConfiguration extends DeviceConfiguration {
  requests?: string[];
}

/** What a claim asks for. */
export interface DeviceClaim {
  requests?: DeviceRequest[];
  constraints?: DeviceConstraint[];
  config?: DeviceClaimConfiguration[];
}

/** The spec of a claim. */
export interface ResourceClaimSpec {
  devices?: DeviceClaim;
}

/** One device that a claim was given. */
export interface DeviceRequestAllocationResult {
  request: string;
  driver: string;
  pool: string;
  device: string;
  shareID?: string;
  tolerations?: DeviceToleration[];
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
}

/** Which devices a claim was given, and where they can be used. */
export interface AllocationResult {
  devices?: {
    results?: DeviceRequestAllocationResult[];
    config?: (DeviceClaimConfiguration & { source?: string })[];
  };
  nodeSelector?: NodeSelector;
}

/** What a driver tells of a device it handed out. */
export interface AllocatedDeviceStatus {
  driver: string;
  pool: string;
  device: string;
  shareID?: string;
  conditions?: Condition[];
  data?: unknown;
  networkData?: { interfaceName?: string; hardwareAddress?: string; ips?: string[] };
}

/** Who may use an allocated claim. */
export interface ConsumerReference {
  apiGroup?: string;
  resource: string;
  name: string;
  uid: string;
}

/** resource.k8s.io/v1 ResourceClaim. */
export interface ResourceClaim extends KubeObject {
  spec?: ResourceClaimSpec;
  status?: { allocation?: AllocationResult; devices?: AllocatedDeviceStatus[]; reservedFor?: ConsumerReference[] };
}

/** resource.k8s.io/v1 ResourceClaimTemplate. */
export interface ResourceClaimTemplate extends KubeObject {
  spec?: { metadata?: ObjectMeta; spec?: ResourceClaimSpec };
}

/** resource.k8s.io/v1 DeviceClass. */
export interface DeviceClass extends KubeObject {
  spec?: { selectors?: DeviceSelector[]; config?: DeviceConfiguration[]; extendedResourceName?: string };
}

/** A property of a device: exactly one of these. */
export interface DeviceAttribute {
  bool?: boolean;
  int?: number;
  string?: string;
  version?: string;
  bools?: boolean[];
  ints?: number[];
  strings?: string[];
  versions?: string[];
}

/** How much of a capacity may be asked for. */
export interface CapacityRequestPolicy {
  default?: string;
  validValues?: string[];
  validRange?: { min?: string; max?: string; step?: string };
}

/** How much a device has of something. */
export interface DeviceCapacity {
  value: string;
  requestPolicy?: CapacityRequestPolicy;
}

/** Counters that devices share. */
export interface CounterSet {
  name: string;
  counters?: Record<string, { value: string }>;
}

/** What a device takes from shared counters. */
export interface DeviceCounterConsumption {
  counterSet: string;
  counters?: Record<string, { value: string }>;
}

/** One device of a slice. */
export interface Device {
  name: string;
  attributes?: Record<string, DeviceAttribute>;
  capacity?: Record<string, DeviceCapacity>;
  consumesCounters?: DeviceCounterConsumption[];
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  taints?: DeviceTaint[];
  allowMultipleAllocations?: boolean;
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
  nodeAllocatableResourceMappings?: Record<string, { capacityKey?: string; allocationMultiplier?: string }>;
}

/** The spec of a slice. */
export interface ResourceSliceSpec {
  driver: string;
  pool: { name: string; generation: number; resourceSliceCount: number };
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  perDeviceNodeSelection?: boolean;
  devices?: Device[];
  sharedCounters?: CounterSet[];
}

/** resource.k8s.io/v1 ResourceSlice. */
export interface ResourceSlice extends KubeObject {
  spec?: ResourceSliceSpec;
}

/** resource.k8s.io DeviceTaintRule. */
export interface DeviceTaintRule extends KubeObject {
  spec?: { deviceSelector?: { driver?: string; pool?: string; device?: string }; taint?: DeviceTaint };
  status?: { conditions?: Condition[] };
}
