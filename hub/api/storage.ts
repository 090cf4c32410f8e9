/** Storage classes, drivers and attachments (storage.k8s.io/v1). */
import type { LabelSelector, ObjectMeta } from './object.ts';
import type { PersistentVolumeSpec } from './persistent-volume.ts';

/** core.v1.TopologySelectorLabelRequirement. */
export interface TopologySelectorLabelRequirement {
  key: string;
  values: string[];
}

/** core.v1.TopologySelectorTerm. */
export interface TopologySelectorTerm {
  matchLabelExpressions?: TopologySelectorLabelRequirement[];
}

/** storage.v1.StorageClass. */
export interface StorageClass {
  allowVolumeExpansion?: boolean;
  allowedTopologies?: TopologySelectorTerm[];
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  mountOptions?: string[];
  parameters?: Record<string, string>;
  provisioner: string;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  [field: string]: unknown;
}

/** storage.v1.TokenRequest. */
export interface TokenRequest {
  audience: string;
  expirationSeconds?: number;
}

/** storage.v1.CSIDriverSpec. */
export interface CSIDriverSpec {
  attachRequired?: boolean;
  fsGroupPolicy?: string;
  nodeAllocatableUpdatePeriodSeconds?: number;
  podInfoOnMount?: boolean;
  preventPodSchedulingIfMissing?: boolean;
  requiresRepublish?: boolean;
  seLinuxMount?: boolean;
  serviceAccountTokenInSecrets?: boolean;
  storageCapacity?: boolean;
  tokenRequests?: TokenRequest[];
  volumeLifecycleModes?: string[];
}

/** storage.v1.CSIDriver. */
export interface CSIDriver {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: CSIDriverSpec;
  [field: string]: unknown;
}

/** storage.v1.VolumeNodeResources. */
export interface VolumeNodeResources {
  count?: number;
}

/** storage.v1.CSINodeDriver. */
export interface CSINodeDriver {
  allocatable?: VolumeNodeResources;
  name: string;
  nodeID: string;
  topologyKeys?: string[];
}

/** storage.v1.CSINodeSpec. */
export interface CSINodeSpec {
  drivers: CSINodeDriver[];
}

/** storage.v1.CSINode. */
export interface CSINode {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: CSINodeSpec;
  [field: string]: unknown;
}

/** storage.v1.CSIStorageCapacity. */
export interface CSIStorageCapacity {
  apiVersion: string;
  capacity?: string;
  kind: string;
  maximumVolumeSize?: string;
  metadata: ObjectMeta;
  nodeTopology?: LabelSelector;
  storageClassName: string;
  [field: string]: unknown;
}

/** storage.v1.VolumeAttachmentSource. */
export interface VolumeAttachmentSource {
  inlineVolumeSpec?: PersistentVolumeSpec;
  persistentVolumeName?: string;
}

/** storage.v1.VolumeAttachmentSpec. */
export interface VolumeAttachmentSpec {
  attacher: string;
  nodeName: string;
  source: VolumeAttachmentSource;
}

/** storage.v1.VolumeError. */
export interface VolumeError {
  errorCode?: number;
  message?: string;
  time?: string;
}

/** storage.v1.VolumeAttachmentStatus. */
export interface VolumeAttachmentStatus {
  attachError?: VolumeError;
  attached: boolean;
  attachmentMetadata?: Record<string, string>;
  detachError?: VolumeError;
}

/** storage.v1.VolumeAttachment. */
export interface VolumeAttachment {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: VolumeAttachmentSpec;
  status?: VolumeAttachmentStatus;
  [field: string]: unknown;
}

/** storage.v1.VolumeAttributesClass. */
export interface VolumeAttributesClass {
  apiVersion: string;
  driverName: string;
  kind: string;
  metadata: ObjectMeta;
  parameters?: Record<string, string>;
  [field: string]: unknown;
}
