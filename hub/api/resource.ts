/** Names of resources: group, version, plural. The constants are those the hub's own parts read and write. */

/** What a URL names: `group` is empty for the core group, `resource` is the plural. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** The apiVersion field of objects of this group and version. */
export function apiVersionOf(ref: { group: string; version: string }): string {
  return ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
}

/** Group and version out of an apiVersion field. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

const core = (resource: string): ResourceRef => ({ group: '', version: 'v1', resource });
const named = (group: string, resource: string): ResourceRef => ({ group, version: 'v1', resource });
const rbacGroup = 'rbac.authorization.k8s.io';

/** Built-in resources that parts of this program name. */
export const pods = core('pods');
export const nodes = core('nodes');
export const namespaces = core('namespaces');
export const services = core('services');
export const endpoints = core('endpoints');
export const configMaps = core('configmaps');
export const secrets = core('secrets');
export const serviceAccounts = core('serviceaccounts');
export const events = core('events');
export const resourceQuotas = core('resourcequotas');
export const persistentVolumes = core('persistentvolumes');
export const persistentVolumeClaims = core('persistentvolumeclaims');
export const replicationControllers = core('replicationcontrollers');
export const deployments = named('apps', 'deployments');
export const replicaSets = named('apps', 'replicasets');
export const daemonSets = named('apps', 'daemonsets');
export const statefulSets = named('apps', 'statefulsets');
export const controllerRevisions = named('apps', 'controllerrevisions');
export const jobs = named('batch', 'jobs');
export const cronJobs = named('batch', 'cronjobs');
export const horizontalPodAutoscalers: ResourceRef = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
};
export const podDisruptionBudgets = named('policy', 'poddisruptionbudgets');
export const endpointSlices = named('discovery.k8s.io', 'endpointslices');
export const networkPolicies = named('networking.k8s.io', 'networkpolicies');
export const leases = named('coordination.k8s.io', 'leases');
export const roles = named(rbacGroup, 'roles');
export const roleBindings = named(rbacGroup, 'rolebindings');
export const clusterRoles = named(rbacGroup, 'clusterroles');
export const clusterRoleBindings = named(rbacGroup, 'clusterrolebindings');
export const priorityClasses = named('scheduling.k8s.io', 'priorityclasses');
export const mutatingWebhookConfigurations = named('admissionregistration.k8s.io', 'mutatingwebhookconfigurations');
export const validatingPolicies = named('admissionregistration.k8s.io', 'validatingadmissionpolicies');
export const validatingPolicyBindings = named('admissionregistration.k8s.io', 'validatingadmissionpolicybindings');
export const mutatingPolicies = named('admissionregistration.k8s.io', 'mutatingadmissionpolicies');
export const mutatingPolicyBindings = named('admissionregistration.k8s.io', 'mutatingadmissionpolicybindings');
export const validatingWebhookConfigurations = named('admissionregistration.k8s.io', 'validatingwebhookconfigurations');
export const certificateSigningRequests = named('certificates.k8s.io', 'certificatesigningrequests');
export const runtimeClasses = named('node.k8s.io', 'runtimeclasses');
export const storageClasses = named('storage.k8s.io', 'storageclasses');
export const flowSchemas = named('flowcontrol.apiserver.k8s.io', 'flowschemas');
export const priorityLevels = named('flowcontrol.apiserver.k8s.io', 'prioritylevelconfigurations');
