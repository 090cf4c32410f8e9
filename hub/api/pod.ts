/** The Pod (core/v1). */
import type {
  Container,
  ContainerStatus,
  EphemeralContainer,
  ObjectFieldSelector,
  ResourceFieldSelector,
  ResourceRequirements,
  SeccompProfile,
} from './container.ts';
import type { ObjectMeta } from './object.ts';
import type { Affinity, Toleration, TopologySpreadConstraint } from './scheduling.ts';

/** core.v1.KeyToPath. */
export interface KeyToPath {
  key: string;
  mode?: number;
  path: string;
}

/** core.v1.ConfigMapVolumeSource. */
export interface ConfigMapVolumeSource {
  defaultMode?: number;
  items?: KeyToPath[];
  name?: string;
  optional?: boolean;
}

/** core.v1.SecretVolumeSource. */
export interface SecretVolumeSource {
  defaultMode?: number;
  items?: KeyToPath[];
  optional?: boolean;
  secretName?: string;
}

/** core.v1.DownwardAPIVolumeFile. */
export interface DownwardAPIVolumeFile {
  fieldRef?: ObjectFieldSelector;
  mode?: number;
  path: string;
  resourceFieldRef?: ResourceFieldSelector;
}

/** core.v1.DownwardAPIVolumeSource. */
export interface DownwardAPIVolumeSource {
  defaultMode?: number;
  items?: DownwardAPIVolumeFile[];
}

/** core.v1.EmptyDirVolumeSource. */
export interface EmptyDirVolumeSource {
  medium?: string;
  sizeLimit?: string;
}

/** core.v1.HostPathVolumeSource. */
export interface HostPathVolumeSource {
  path: string;
  type?: string;
}

/** core.v1.PersistentVolumeClaimVolumeSource. */
export interface PersistentVolumeClaimVolumeSource {
  claimName: string;
  readOnly?: boolean;
}

/** core.v1.ConfigMapProjection. */
export interface ConfigMapProjection {
  items?: KeyToPath[];
  name?: string;
  optional?: boolean;
}

/** core.v1.SecretProjection. */
export interface SecretProjection {
  items?: KeyToPath[];
  name?: string;
  optional?: boolean;
}

/** core.v1.DownwardAPIProjection. */
export interface DownwardAPIProjection {
  items?: DownwardAPIVolumeFile[];
}

/** core.v1.ServiceAccountTokenProjection. */
export interface ServiceAccountTokenProjection {
  audience?: string;
  expirationSeconds?: number;
  path: string;
}

/** core.v1.VolumeProjection. */
export interface VolumeProjection {
  clusterTrustBundle?: Record<string, unknown>;
  configMap?: ConfigMapProjection;
  downwardAPI?: DownwardAPIProjection;
  podCertificate?: Record<string, unknown>;
  secret?: SecretProjection;
  serviceAccountToken?: ServiceAccountTokenProjection;
}

/** core.v1.ProjectedVolumeSource. */
export interface ProjectedVolumeSource {
  defaultMode?: number;
  sources?: VolumeProjection[];
}

/** core.v1.ImageVolumeSource. */
export interface ImageVolumeSource {
  pullPolicy?: string;
  reference?: string;
}

/** core.v1.Volume. */
export interface Volume {
  awsElasticBlockStore?: Record<string, unknown>;
  azureDisk?: Record<string, unknown>;
  azureFile?: Record<string, unknown>;
  cephfs?: Record<string, unknown>;
  cinder?: Record<string, unknown>;
  configMap?: ConfigMapVolumeSource;
  csi?: Record<string, unknown>;
  downwardAPI?: DownwardAPIVolumeSource;
  emptyDir?: EmptyDirVolumeSource;
  ephemeral?: Record<string, unknown>;
  fc?: Record<string, unknown>;
  flexVolume?: Record<string, unknown>;
  flocker?: Record<string, unknown>;
  gcePersistentDisk?: Record<string, unknown>;
  gitRepo?: Record<string, unknown>;
  glusterfs?: Record<string, unknown>;
  hostPath?: HostPathVolumeSource;
  image?: ImageVolumeSource;
  iscsi?: Record<string, unknown>;
  name: string;
  nfs?: Record<string, unknown>;
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
  photonPersistentDisk?: Record<string, unknown>;
  portworxVolume?: Record<string, unknown>;
  projected?: ProjectedVolumeSource;
  quobyte?: Record<string, unknown>;
  rbd?: Record<string, unknown>;
  scaleIO?: Record<string, unknown>;
  secret?: SecretVolumeSource;
  storageos?: Record<string, unknown>;
  vsphereVolume?: Record<string, unknown>;
}

/** core.v1.HostAlias. */
export interface HostAlias {
  hostnames?: string[];
  ip: string;
}

/** core.v1.LocalObjectReference. */
export interface LocalObjectReference {
  name?: string;
}

/** core.v1.PodDNSConfigOption. */
export interface PodDNSConfigOption {
  name?: string;
  value?: string;
}

/** core.v1.PodDNSConfig. */
export interface PodDNSConfig {
  nameservers?: string[];
  options?: PodDNSConfigOption[];
  searches?: string[];
}

/** core.v1.PodReadinessGate. */
export interface PodReadinessGate {
  conditionType: string;
}

/** core.v1.PodSchedulingGate. */
export interface PodSchedulingGate {
  name: string;
}

/** core.v1.PodOS. */
export interface PodOS {
  name: string;
}

/** core.v1.Sysctl. */
export interface Sysctl {
  name: string;
  value: string;
}

/** core.v1.PodSecurityContext. */
export interface PodSecurityContext {
  appArmorProfile?: Record<string, unknown>;
  fsGroup?: number;
  fsGroupChangePolicy?: string;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seLinuxChangePolicy?: string;
  seLinuxOptions?: Record<string, unknown>;
  seccompProfile?: SeccompProfile;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: string;
  sysctls?: Sysctl[];
  windowsOptions?: Record<string, unknown>;
}

/** core.v1.PodSpec. */
export interface PodSpec {
  activeDeadlineSeconds?: number;
  affinity?: Affinity;
  automountServiceAccountToken?: boolean;
  containers: Container[];
  dnsConfig?: PodDNSConfig;
  dnsPolicy?: string;
  enableServiceLinks?: boolean;
  ephemeralContainers?: EphemeralContainer[];
  hostAliases?: HostAlias[];
  hostIPC?: boolean;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostUsers?: boolean;
  hostname?: string;
  hostnameOverride?: string;
  imagePullSecrets?: LocalObjectReference[];
  initContainers?: Container[];
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  os?: PodOS;
  overhead?: Record<string, string>;
  preemptionPolicy?: string;
  priority?: number;
  priorityClassName?: string;
  readinessGates?: PodReadinessGate[];
  resourceClaims?: Record<string, unknown>[];
  resources?: ResourceRequirements;
  restartPolicy?: string;
  runtimeClassName?: string;
  schedulerName?: string;
  schedulingGates?: PodSchedulingGate[];
  schedulingGroup?: Record<string, unknown>;
  securityContext?: PodSecurityContext;
  serviceAccount?: string;
  serviceAccountName?: string;
  setHostnameAsFQDN?: boolean;
  shareProcessNamespace?: boolean;
  subdomain?: string;
  terminationGracePeriodSeconds?: number;
  tolerations?: Toleration[];
  topologySpreadConstraints?: TopologySpreadConstraint[];
  volumes?: Volume[];
}

/** core.v1.HostIP. */
export interface HostIP {
  ip: string;
}

/** core.v1.PodIP. */
export interface PodIP {
  ip: string;
}

/** core.v1.PodCondition. */
export interface PodCondition {
  lastProbeTime?: string;
  lastTransitionTime?: string;
  message?: string;
  observedGeneration?: number;
  reason?: string;
  status: string;
  type: string;
}

/** core.v1.PodStatus. */
export interface PodStatus {
  allocatedResources?: Record<string, string>;
  conditions?: PodCondition[];
  containerStatuses?: ContainerStatus[];
  ephemeralContainerStatuses?: ContainerStatus[];
  extendedResourceClaimStatus?: Record<string, unknown>;
  hostIP?: string;
  hostIPs?: HostIP[];
  initContainerStatuses?: ContainerStatus[];
  message?: string;
  nodeAllocatableResourceClaimStatuses?: Record<string, unknown>[];
  nominatedNodeName?: string;
  observedGeneration?: number;
  phase?: string;
  podIP?: string;
  podIPs?: PodIP[];
  qosClass?: string;
  reason?: string;
  resize?: string;
  resourceClaimStatuses?: Record<string, unknown>[];
  resources?: ResourceRequirements;
  startTime?: string;
}

/** core.v1.Pod. */
export interface Pod {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: PodSpec;
  status?: PodStatus;
  [field: string]: unknown;
}

/** core.v1.PodTemplateSpec. */
export interface PodTemplateSpec {
  metadata?: ObjectMeta;
  spec?: PodSpec;
}
