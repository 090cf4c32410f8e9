/** Containers inside a Pod: what they run, need and report (core/v1). */

/** core.v1.ConfigMapKeySelector. */
export interface ConfigMapKeySelector {
  key: string;
  name?: string;
  optional?: boolean;
}

/** core.v1.SecretKeySelector. */
export interface SecretKeySelector {
  key: string;
  name?: string;
  optional?: boolean;
}

/** core.v1.ObjectFieldSelector. */
export interface ObjectFieldSelector {
  apiVersion?: string;
  fieldPath: string;
}

/** core.v1.ResourceFieldSelector. */
export interface ResourceFieldSelector {
  containerName?: string;
  divisor?: string;
  resource: string;
}

/** core.v1.EnvVarSource. */
export interface EnvVarSource {
  configMapKeyRef?: ConfigMapKeySelector;
  fieldRef?: ObjectFieldSelector;
  fileKeyRef?: Record<string, unknown>;
  resourceFieldRef?: ResourceFieldSelector;
  secretKeyRef?: SecretKeySelector;
}

/** core.v1.EnvVar. */
export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: EnvVarSource;
}

/** core.v1.ConfigMapEnvSource. */
export interface ConfigMapEnvSource {
  name?: string;
  optional?: boolean;
}

/** core.v1.SecretEnvSource. */
export interface SecretEnvSource {
  name?: string;
  optional?: boolean;
}

/** core.v1.EnvFromSource. */
export interface EnvFromSource {
  configMapRef?: ConfigMapEnvSource;
  prefix?: string;
  secretRef?: SecretEnvSource;
}

/** core.v1.ContainerPort. */
export interface ContainerPort {
  containerPort: number;
  hostIP?: string;
  hostPort?: number;
  name?: string;
  protocol?: string;
}

/** core.v1.HTTPHeader. */
export interface HTTPHeader {
  name: string;
  value: string;
}

/** core.v1.HTTPGetAction. */
export interface HTTPGetAction {
  host?: string;
  httpHeaders?: HTTPHeader[];
  path?: string;
  port: number | string;
  scheme?: string;
}

/** core.v1.ExecAction. */
export interface ExecAction {
  command?: string[];
}

/** core.v1.TCPSocketAction. */
export interface TCPSocketAction {
  host?: string;
  port: number | string;
}

/** core.v1.GRPCAction. */
export interface GRPCAction {
  port: number;
  service?: string;
}

/** core.v1.SleepAction. */
export interface SleepAction {
  seconds: number;
}

/** core.v1.LifecycleHandler. */
export interface LifecycleHandler {
  exec?: ExecAction;
  httpGet?: HTTPGetAction;
  sleep?: SleepAction;
  tcpSocket?: TCPSocketAction;
}

/** core.v1.Lifecycle. */
export interface Lifecycle {
  postStart?: LifecycleHandler;
  preStop?: LifecycleHandler;
  stopSignal?: string;
}

/** core.v1.Probe. */
export interface Probe {
  exec?: ExecAction;
  failureThreshold?: number;
  grpc?: GRPCAction;
  httpGet?: HTTPGetAction;
  initialDelaySeconds?: number;
  periodSeconds?: number;
  successThreshold?: number;
  tcpSocket?: TCPSocketAction;
  terminationGracePeriodSeconds?: number;
  timeoutSeconds?: number;
}

/** core.v1.ResourceClaim. */
export interface ResourceClaim {
  name: string;
  request?: string;
}

/** core.v1.ResourceRequirements. */
export interface ResourceRequirements {
  claims?: ResourceClaim[];
  limits?: Record<string, string>;
  requests?: Record<string, string>;
}

/** core.v1.ContainerResizePolicy. */
export interface ContainerResizePolicy {
  resourceName: string;
  restartPolicy: string;
}

/** core.v1.Capabilities. */
export interface Capabilities {
  add?: string[];
  drop?: string[];
}

/** core.v1.SeccompProfile. */
export interface SeccompProfile {
  localhostProfile?: string;
  type: string;
}

/** core.v1.SecurityContext. */
export interface SecurityContext {
  allowPrivilegeEscalation?: boolean;
  appArmorProfile?: Record<string, unknown>;
  capabilities?: Capabilities;
  privileged?: boolean;
  procMount?: string;
  readOnlyRootFilesystem?: boolean;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seLinuxOptions?: Record<string, unknown>;
  seccompProfile?: SeccompProfile;
  windowsOptions?: Record<string, unknown>;
}

/** core.v1.VolumeMount. */
export interface VolumeMount {
  mountPath: string;
  mountPropagation?: string;
  name: string;
  readOnly?: boolean;
  recursiveReadOnly?: string;
  subPath?: string;
  subPathExpr?: string;
}

/** core.v1.VolumeDevice. */
export interface VolumeDevice {
  devicePath: string;
  name: string;
}

/** core.v1.Container. */
export interface Container {
  args?: string[];
  command?: string[];
  env?: EnvVar[];
  envFrom?: EnvFromSource[];
  image?: string;
  imagePullPolicy?: string;
  lifecycle?: Lifecycle;
  livenessProbe?: Probe;
  name: string;
  ports?: ContainerPort[];
  readinessProbe?: Probe;
  resizePolicy?: ContainerResizePolicy[];
  resources?: ResourceRequirements;
  restartPolicy?: string;
  restartPolicyRules?: Record<string, unknown>[];
  securityContext?: SecurityContext;
  startupProbe?: Probe;
  stdin?: boolean;
  stdinOnce?: boolean;
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
  tty?: boolean;
  volumeDevices?: VolumeDevice[];
  volumeMounts?: VolumeMount[];
  workingDir?: string;
}

/** core.v1.EphemeralContainer: a Container that may name another whose processes it shares. */
export interface EphemeralContainer extends Container {
  targetContainerName?: string;
}

/** core.v1.ContainerStateWaiting. */
export interface ContainerStateWaiting {
  message?: string;
  reason?: string;
}

/** core.v1.ContainerStateRunning. */
export interface ContainerStateRunning {
  startedAt?: string;
}

/** core.v1.ContainerStateTerminated. */
export interface ContainerStateTerminated {
  containerID?: string;
  exitCode: number;
  finishedAt?: string;
  message?: string;
  reason?: string;
  signal?: number;
  startedAt?: string;
}

/** core.v1.ContainerState. */
export interface ContainerState {
  running?: ContainerStateRunning;
  terminated?: ContainerStateTerminated;
  waiting?: ContainerStateWaiting;
}

/** core.v1.ContainerStatus. */
export interface ContainerStatus {
  allocatedResources?: Record<string, string>;
  allocatedResourcesStatus?: Record<string, unknown>[];
  containerID?: string;
  image: string;
  imageID: string;
  lastState?: ContainerState;
  name: string;
  ready: boolean;
  resources?: ResourceRequirements;
  restartCount: number;
  started?: boolean;
  state?: ContainerState;
  stopSignal?: string;
  user?: Record<string, unknown>;
  volumeMounts?: Record<string, unknown>[];
}
