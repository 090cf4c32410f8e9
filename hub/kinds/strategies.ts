/** Which strategy each built-in kind has. To add a kind: write its file, name it here. */
import { clusterRoleBindingStrategy, roleBindingStrategy } from './access/bindings.ts';
import { clusterRoleStrategy, roleStrategy } from './access/roles.ts';
import { componentStatusStrategy } from './config/component-status.ts';
import { configMapStrategy } from './config/config-map.ts';
import { eventStrategy, newEventStrategy } from './config/event.ts';
import { limitRangeStrategy } from './config/limit-range.ts';
import { namespaceStrategy } from './config/namespace.ts';
import { resourceQuotaStrategy } from './config/resource-quota.ts';
import { secretStrategy } from './config/secret.ts';
import { serviceAccountStrategy } from './config/service-account.ts';
import {
  mutatingBindingStrategy,
  mutatingPolicyStrategy,
  validatingBindingStrategy,
  validatingPolicyStrategy,
} from './control/admission-policy.ts';
import { apiServiceStrategy } from './control/api-service.ts';
import { definitionStrategy } from './control/custom-resource-definition.ts';
import { flowSchemaStrategy } from './control/flow-schema.ts';
import { podGroupStrategy } from './control/pod-group.ts';
import { poolStatusRequestStrategy } from './control/pool-status-request.ts';
import { priorityLevelStrategy } from './control/priority-level.ts';
import * as plainKinds from './control/plain-kinds.ts';
import { signingRequestStrategy } from './control/signing-request.ts';
import { mutatingWebhookStrategy, validatingWebhookStrategy } from './control/webhooks.ts';
import { trustBundleStrategy } from './control/trust-bundle.ts';
import * as devices from './device/devices.ts';
import { flatClaimStrategy, flatTemplateStrategy, nestedSliceStrategy } from './device/flat-devices.ts';
import type { Strategy } from './kind.ts';
import { ipAddressStrategy, serviceCidrStrategy } from './network/addresses.ts';
import { nodeMetricsStrategy, podMetricsStrategy } from './metrics/resource-metrics.ts';
import { ingressClassStrategy, ingressStrategy } from './network/ingress.ts';
import { networkPolicyStrategy } from './network/network-policy.ts';
import { nodeStrategy } from './node/node.ts';
import { plainStrategy } from './plain-strategy.ts';
import { podStrategy } from './pod/strategy.ts';
import { autoscalerStrategy, oldAutoscalerStrategy } from './policy/autoscaler.ts';
import { priorityClassStrategy, runtimeClassStrategy } from './policy/classes.ts';
import { disruptionBudgetStrategy } from './policy/disruption-budget.ts';
import { leaseCandidateStrategy } from './policy/lease-candidate.ts';
import { leaseStrategy } from './policy/lease.ts';
import { endpointSliceStrategy } from './service/endpoint-slice.ts';
import { endpointsStrategy } from './service/endpoints.ts';
import { serviceStrategy } from './service/service.ts';
import * as storage from './storage/classes.ts';
import { persistentVolumeClaimStrategy } from './storage/persistent-volume-claim.ts';
import { persistentVolumeStrategy } from './storage/persistent-volume.ts';
import { controllerRevisionStrategy } from './workload/controller-revision.ts';
import { cronJobStrategy } from './workload/cron-job.ts';
import { daemonSetStrategy } from './workload/daemon-set.ts';
import { deploymentStrategy } from './workload/deployment.ts';
import { jobStrategy } from './workload/job.ts';
import { podTemplateStrategy } from './workload/pod-template.ts';
import { replicaSetStrategy } from './workload/replica-set.ts';
import { replicationControllerStrategy } from './workload/replication-controller.ts';
import { statefulSetStrategy } from './workload/stateful-set.ts';

const byKind: Readonly<Record<string, Strategy>> = {
  '/ComponentStatus': componentStatusStrategy,
  '/ConfigMap': configMapStrategy,
  '/Endpoints': endpointsStrategy,
  '/Event': eventStrategy,
  '/LimitRange': limitRangeStrategy,
  '/Namespace': namespaceStrategy,
  '/Node': nodeStrategy,
  '/PersistentVolume': persistentVolumeStrategy,
  '/PersistentVolumeClaim': persistentVolumeClaimStrategy,
  '/Pod': podStrategy,
  '/PodTemplate': podTemplateStrategy,
  '/ReplicationController': replicationControllerStrategy,
  '/ResourceQuota': resourceQuotaStrategy,
  '/Secret': secretStrategy,
  '/Service': serviceStrategy,
  '/ServiceAccount': serviceAccountStrategy,
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': mutatingPolicyStrategy,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': mutatingBindingStrategy,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': mutatingWebhookStrategy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': validatingPolicyStrategy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': validatingBindingStrategy,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': validatingWebhookStrategy,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionStrategy,
  'apiregistration.k8s.io/APIService': apiServiceStrategy,
  'apps/ControllerRevision': controllerRevisionStrategy,
  'apps/DaemonSet': daemonSetStrategy,
  'apps/Deployment': deploymentStrategy,
  'apps/ReplicaSet': replicaSetStrategy,
  'apps/StatefulSet': statefulSetStrategy,
  'autoscaling/HorizontalPodAutoscaler': autoscalerStrategy,
  'batch/CronJob': cronJobStrategy,
  'batch/Job': jobStrategy,
  'certificates.k8s.io/CertificateSigningRequest': signingRequestStrategy,
  'certificates.k8s.io/ClusterTrustBundle': trustBundleStrategy,
  'certificates.k8s.io/PodCertificateRequest': plainKinds.podCertificateRequestStrategy,
  'coordination.k8s.io/Lease': leaseStrategy,
  'coordination.k8s.io/LeaseCandidate': leaseCandidateStrategy,
  'discovery.k8s.io/EndpointSlice': endpointSliceStrategy,
  'events.k8s.io/Event': newEventStrategy,
  'flowcontrol.apiserver.k8s.io/FlowSchema': flowSchemaStrategy,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': priorityLevelStrategy,
  'internal.apiserver.k8s.io/StorageVersion': plainKinds.storageVersionStrategy,
  'metrics.k8s.io/NodeMetrics': nodeMetricsStrategy,
  'metrics.k8s.io/PodMetrics': podMetricsStrategy,
  'networking.k8s.io/Ingress': ingressStrategy,
  'networking.k8s.io/IngressClass': ingressClassStrategy,
  'networking.k8s.io/IPAddress': ipAddressStrategy,
  'networking.k8s.io/NetworkPolicy': networkPolicyStrategy,
  'networking.k8s.io/ServiceCIDR': serviceCidrStrategy,
  'node.k8s.io/RuntimeClass': runtimeClassStrategy,
  'policy/PodDisruptionBudget': disruptionBudgetStrategy,
  'rbac.authorization.k8s.io/ClusterRole': clusterRoleStrategy,
  'rbac.authorization.k8s.io/ClusterRoleBinding': clusterRoleBindingStrategy,
  'rbac.authorization.k8s.io/Role': roleStrategy,
  'rbac.authorization.k8s.io/RoleBinding': roleBindingStrategy,
  'resource.k8s.io/DeviceClass': devices.deviceClassStrategy,
  'resource.k8s.io/DeviceTaintRule': devices.deviceTaintRuleStrategy,
  'resource.k8s.io/ResourceClaim': devices.resourceClaimStrategy,
  'resource.k8s.io/ResourceClaimTemplate': devices.resourceClaimTemplateStrategy,
  'resource.k8s.io/ResourcePoolStatusRequest': poolStatusRequestStrategy,
  'resource.k8s.io/ResourceSlice': devices.resourceSliceStrategy,
  'scheduling.k8s.io/PodGroup': podGroupStrategy,
  'scheduling.k8s.io/PriorityClass': priorityClassStrategy,
  'scheduling.k8s.io/Workload': plainKinds.workloadStrategy,
  'storage.k8s.io/CSIDriver': storage.csiDriverStrategy,
  'storage.k8s.io/CSINode': storage.csiNodeStrategy,
  'storage.k8s.io/CSIStorageCapacity': storage.csiStorageCapacityStrategy,
  'storage.k8s.io/StorageClass': storage.storageClassStrategy,
  'storage.k8s.io/VolumeAttachment': storage.volumeAttachmentStrategy,
  'storage.k8s.io/VolumeAttributesClass': storage.volumeAttributesClassStrategy,
  'storagemigration.k8s.io/StorageVersionMigration': plainKinds.storageMigrationStrategy,
};

/** Kinds whose versions differ. */
const byType: Readonly<Record<string, Strategy>> = {
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler': oldAutoscalerStrategy,
  'io.k8s.api.resource.v1beta1.ResourceClaim': flatClaimStrategy,
  'io.k8s.api.resource.v1beta1.ResourceClaimTemplate': flatTemplateStrategy,
  'io.k8s.api.resource.v1beta1.ResourceSlice': nestedSliceStrategy,
};

const fallback = plainStrategy();

/** The strategy of a built-in kind. `type` is its schema type, which tells the versions of a kind apart. */
export function strategyOf(group: string, kind: string, type: string): Strategy {
  return byType[type] ?? byKind[`${group}/${kind}`] ?? fallback;
}
