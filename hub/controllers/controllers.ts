/** All controllers, in the order they start: the indexes they share first. */
import type { Part } from '../base/lifecycle.ts';
import { createAutoscalerController, type ReadPodMetrics } from './autoscaling/autoscaler.ts';
import { createBootstrapTokenController } from './bootstrap-tokens/bootstrap-tokens.ts';
import { type CertificateAuthority, createCertificateController } from './certificates/certificates.ts';
import { type CheckApiService, createApiServiceAvailability } from './api-services/availability.ts';
import { createApiServiceRegistration } from './api-services/registration.ts';
import { createClusterRoleAggregationController } from './cluster-role-aggregation.ts';
import { type ContextOptions, createContext } from './context.ts';
import { createCronJobController } from './cronjob/cronjob.ts';
import { createDaemonSetController } from './daemonset/daemonset.ts';
import { createDefinitionController } from './definitions/definitions.ts';
import { createDeploymentController } from './deployment/deployment.ts';
import { createDisruptionController } from './disruption.ts';
import { EndpointPods } from './endpoints/endpoint-pod.ts';
import { createEndpointSliceController } from './endpoints/endpoint-slice.ts';
import { createEndpointMirrorController } from './endpoints/mirror.ts';
import { createEndpointsController } from './endpoints/endpoints.ts';
import { ServicePods } from './endpoints/service-pods.ts';
import { createEventTtlController } from './event-ttl.ts';
import { createFlowControlController } from './flow-control/flow-control.ts';
import { createGarbageCollector } from './garbage/garbage-collector.ts';
import { createJobController } from './job/job.ts';
import { createJobPodReleaser } from './job/release.ts';
import { createJobTtlController } from './job/ttl.ts';
import { createRootCaController, createServiceAccountController } from './namespaces/furnishing.ts';
import { createNamespaceController } from './namespaces/namespace.ts';
import { createTokenSecretController, type IssueSecretToken } from './namespaces/token-secrets.ts';
import { createNodeIpamController } from './nodes/node-ipam.ts';
import { createNodeLifecycleController } from './nodes/node-lifecycle.ts';
import { createPodGcController } from './pod-gc.ts';
import { type CheckTypes, createPolicyStatusController } from './policy-status.ts';
import { createQuotaController } from './quota/quota.ts';
import { createReplicaSetController, createReplicationControllerController } from './replicas/replicas.ts';
import { createStatefulSetController } from './statefulset/statefulset.ts';
import { createVolumeBinder } from './volumes/binder.ts';
import { ClaimUsers } from './volumes/claim-users.ts';
import { createEphemeralVolumeController } from './volumes/ephemeral.ts';
import { createVolumeExpander } from './volumes/expand.ts';
import { createLocalPathProvisioner } from './volumes/local-path.ts';
import { createClaimProtection, createVolumeProtection } from './volumes/protection.ts';

/** What the controllers stand on, and what they hand out. */
export interface ControllersOptions extends ContextOptions {
  /** PEM of the CA that signed the API server's certificate. */
  readonly rootCa: string;
  /** Signs the tokens kept in Secrets. */
  readonly issueSecretToken: IssueSecretToken;
  /** Signs certificates, and knows whose requests need nobody's approval. */
  readonly certificates: CertificateAuthority;
  /** Checks the expressions of admission policies. */
  readonly checkTypes: CheckTypes;
  /** Where Pod addresses come from, such as 10.32.0.0/11. */
  readonly clusterCidr: string;
  readonly checkApiService: CheckApiService;
  /** What Pods use; nothing, where nobody knows. */
  readonly podMetrics?: ReadPodMetrics;
}

/** Every controller of the hub. Start them in this order, after the registry is open and before the server listens. */
export function createControllers(options: ControllersOptions): Part[] {
  const { rootCa, issueSecretToken, certificates, clusterCidr, checkApiService, checkTypes, podMetrics, ...rest } =
    options;
  const context = createContext(rest);
  const servicePods = new ServicePods(options.registry);
  const endpointPods = new EndpointPods();
  const claimUsers = new ClaimUsers(options.registry);
  return [
    context.orphans,
    servicePods,
    claimUsers,
    createFlowControlController(context),
    createDefinitionController(context),
    createApiServiceRegistration(context),
    createApiServiceAvailability(context, checkApiService),
    createNamespaceController(context),
    createServiceAccountController(context),
    createRootCaController(context, rootCa),
    createTokenSecretController(context, rootCa, issueSecretToken),
    createCertificateController(context, certificates),
    createBootstrapTokenController(context),
    createNodeIpamController(context, clusterCidr),
    createNodeLifecycleController(context),
    createReplicaSetController(context),
    createReplicationControllerController(context),
    createDeploymentController(context),
    createDaemonSetController(context),
    createStatefulSetController(context),
    createJobController(context),
    createJobPodReleaser(context),
    createJobTtlController(context),
    createCronJobController(context),
    createDisruptionController(context),
    createAutoscalerController(context, podMetrics ?? (() => [])),
    createQuotaController(context),
    createEndpointsController(context, servicePods, endpointPods),
    createEndpointSliceController(context, servicePods, endpointPods),
    createEndpointMirrorController(context),
    createEphemeralVolumeController(context),
    createVolumeBinder(context),
    createLocalPathProvisioner(context),
    createVolumeExpander(context),
    createVolumeProtection(context),
    createClaimProtection(context, claimUsers),
    createGarbageCollector(context),
    createPodGcController(context),
    createEventTtlController(context),
    createClusterRoleAggregationController(context),
    createPolicyStatusController(context, checkTypes),
  ];
}
