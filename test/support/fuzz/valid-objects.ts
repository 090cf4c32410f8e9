/** What valid objects of the kinds with the most rules hold besides their metadata: chance alone seldom makes one. */

import type { KubeObject } from '../../../hub/api/object.ts';
import { apiVersionOf } from '../../../hub/api/resource.ts';
import type { ResourceInfo } from '../../../hub/kinds/kind.ts';
import type { Schemas } from '../../../hub/kinds/schema.ts';
import { FieldVariants } from './field-variants.ts';
import { validControlFields } from './valid-control-objects.ts';

type Fields = Record<string, unknown>;

const selector = { matchLabels: { app: 'a' } };
const podSpec = (more: Fields = {}): Fields => ({
  containers: [
    { name: 'main', image: 'busybox:1', command: ['sleep', '1'], ports: [{ containerPort: 80, name: 'http' }] },
  ],
  ...more,
});
const template = (more: Fields = {}): Fields => ({ metadata: { labels: { app: 'a' } }, spec: podSpec(more) });
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const subjects = [{ kind: 'User', name: 'ann', apiGroup: 'rbac.authorization.k8s.io' }];
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const ingressPath = { path: '/', pathType: 'Prefix', backend: { service: { name: 'a', port: { number: 80 } } } };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const webhook = {
  name: 'x.example.com',
  clientConfig: { url: 'https://127.0.0.1:1/' },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  failurePolicy: 'Ignore',
  timeoutSeconds: 1,
  rules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
};

/** Kind → fields; a fresh copy for each use. */
const made: Readonly<Record<string, () => Fields>> = {
  ConfigMap: () => ({ data: { a: 'x', b: 'y' }, binaryData: { c: 'aGVsbG8=' } }),
  Namespace: () => ({}),
  PodTemplate: () => ({ template: template() }),
  ControllerRevision: () => ({ revision: 1, data: { a: 1 } }),
  Secret: () => ({ type: 'Opaque', data: { a: 'aGVsbG8=' } }),
  ServiceAccount: () => ({}),
  Pod: () => ({ spec: podSpec({ tolerations: [{ operator: 'Exists' }], volumes: [{ name: 'v', emptyDir: {} }] }) }),
  Service: () => ({ spec: { selector: { app: 'a' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } }),
  Endpoints: () => ({ subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] }),
  EndpointSlice: () => ({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] }),
  Node: () => ({ spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
  Deployment: () => ({ spec: { replicas: 1, selector, template: template() } }),
  ReplicaSet: () => ({ spec: { replicas: 1, selector, template: template() } }),
  ReplicationController: () => ({ spec: { replicas: 1, selector: { app: 'a' }, template: template() } }),
  DaemonSet: () => ({ spec: { selector, template: template() } }),
  StatefulSet: () => ({ spec: { serviceName: 'a', replicas: 1, selector, template: template() } }),
  Job: () => ({ spec: { template: template({ restartPolicy: 'Never' }) } }),
  CronJob: () => ({
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } } },
  }),
  HorizontalPodAutoscaler: () => ({
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' } },
  }),
  PodDisruptionBudget: () => ({ spec: { minAvailable: 1, selector } }),
  ResourceQuota: () => ({ spec: { hard: { pods: '1000', 'requests.cpu': '100' } } }),
  LimitRange: () => ({ spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } }),
  Ingress: () => ({ spec: { rules: [{ host: 'a.example.com', http: { paths: [ingressPath] } }] } }),
  NetworkPolicy: () => ({ spec: { podSelector: selector, ingress: [{ from: [{ podSelector: {} }] }] } }),
  Role: () => ({ rules }),
  ClusterRole: () => ({ rules }),
  RoleBinding: () => ({ subjects, roleRef }),
  ClusterRoleBinding: () => ({ subjects, roleRef }),
  PersistentVolume: () => ({
    spec: { ...claim, capacity: { storage: '1Gi' }, hostPath: { path: '/x' }, resources: undefined },
  }),
  PersistentVolumeClaim: () => ({ spec: claim }),
  IngressClass: () => ({ spec: { controller: 'example.com/x' } }),
  IPAddress: () => ({ spec: { parentRef: { resource: 'services', namespace: 'fuzz', name: 'a' } } }),
  ServiceCIDR: () => ({ spec: { cidrs: ['10.200.0.0/16'] } }),
  CSIDriver: () => ({ spec: {} }),
  CSIStorageCapacity: () => ({ storageClassName: 'a', capacity: '1Gi' }),
  VolumeAttachment: () => ({ spec: { attacher: 'example.com', nodeName: 'a', source: { persistentVolumeName: 'a' } } }),
  VolumeAttributesClass: () => ({ driverName: 'example.com', parameters: { a: 'x' } }),
  StorageClass: () => ({ provisioner: 'example.com/x' }),
  PriorityClass: () => ({ value: 5 }),
  RuntimeClass: () => ({ handler: 'x' }),
  Lease: () => ({ spec: { holderIdentity: 'a', leaseDurationSeconds: 5, renewTime: '2026-01-02T03:04:05.000006Z' } }),
  ValidatingWebhookConfiguration: () => ({ webhooks: [webhook] }),
  MutatingWebhookConfiguration: () => ({ webhooks: [webhook] }),
  CustomResourceDefinition: () => ({
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'a', kind: 'A' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  }),
};

/** The fields of a valid object of `kind`, the caller's own; undefined for kinds chance can make. */
export function validFields(kind: string): Fields | undefined {
  const fields = Object.hasOwn(made, kind) ? made[kind]?.() : validControlFields(kind);
  return fields === undefined ? undefined : structuredClone(fields);
}

/** Names of kinds that do not take any. */
const names: Readonly<Record<string, string>> = {
  CSIDriver: 'example.com',
  DeviceClass: 'example.com',
  IPAddress: '10.96.0.200',
  CustomResourceDefinition: 'a.example.com',
  APIService: 'v1.example.com',
};

/** A name an object of `kind` may have: `usual`, where any will do. */
export const validName = (kind: string, usual: string): string => names[kind] ?? usual;

/** A valid object of the kind of a row, or one with everything its schema has. */
export function baseObject(schemas: Schemas, info: ResourceInfo, namespace: string): KubeObject {
  const { status: _status, metadata: _metadata, ...rest } = new FieldVariants(schemas).filled(info.type, 3);
  return {
    ...(validFields(info.kind) ?? rest),
    apiVersion: apiVersionOf(info),
    kind: info.kind,
    metadata: {
      name: validName(info.kind, 'base'),
      ...(info.namespaced ? { namespace } : {}),
      labels: { app: 'a' },
    },
  };
}
