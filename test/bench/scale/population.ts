/** A big cluster as its database holds it: Deployments with their ReplicaSets and running Pods, Nodes and Leases. */
import { createHash } from 'node:crypto';

/** How much of it there is. */
export interface Size {
  readonly namespaces: number;
  readonly deploymentsEach: number;
  readonly replicas: number;
  readonly nodes: number;
}

/** One object and its key in the store. */
export interface Stored {
  readonly key: string;
  readonly object: { metadata: Record<string, unknown> };
}

const born = '2026-11-01T08:00:00Z';
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

export const namespaceName = (index: number): string => `team-${index}`;
export const nodeName = (index: number): string => `node-${index}`;
const deploymentName = (index: number): string => `service-${index}`;
const templateHash = (index: number): string => `5d4f8c${(index % 10_000).toString().padStart(4, '0')}`;

/** The same identity for the same words. */
function uidOf(words: string): string {
  const hex = createHash('md5').update(words).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const fields = (...names: string[]): object => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));

const entry = (manager: string, apiVersion: string, fieldsV1: object, subresource?: string): object => ({
  manager,
  operation: 'Update',
  apiVersion,
  time: born,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...(subresource === undefined ? {} : { subresource }),
});

const containerFields = {
  '.': {},
  ...fields('name', 'image', 'imagePullPolicy', 'terminationMessagePath', 'terminationMessagePolicy'),
  'f:ports': {
    '.': {},
    'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, ...fields('containerPort', 'protocol') },
  },
  'f:resources': { '.': {}, 'f:requests': { '.': {}, ...fields('cpu', 'memory') } },
};

const specFields = {
  'f:containers': { 'k:{"name":"app"}': containerFields },
  ...fields('dnsPolicy', 'restartPolicy', 'schedulerName', 'securityContext', 'terminationGracePeriodSeconds'),
};

const container = (app: string): object => ({
  name: 'app',
  image: `registry.example.com/${app}:1.4.2`,
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
  resources: { requests: { cpu: '100m', memory: '64Mi' } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});

const common = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};

const template = (app: string, labels: object): object => ({
  metadata: { labels, creationTimestamp: null },
  spec: { containers: [container(app)], ...common },
});

const owner = (kind: string, name: string, uid: string): object => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

const condition = (type: string, reason: string): object => ({
  type,
  status: 'True',
  lastUpdateTime: born,
  lastTransitionTime: born,
  reason,
  message: `${reason}.`,
});

function deployment(namespace: string, index: number, replicas: number): Stored {
  const name = deploymentName(index);
  const labels = { app: name };
  return {
    key: `apps/deployments/${namespace}/${name}`,
    object: {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: {
        name,
        namespace,
        uid: uidOf(`deployment ${namespace} ${name}`),
        creationTimestamp: born,
        generation: 1,
        labels,
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        managedFields: [
          entry('kubectl-create', 'apps/v1', {
            'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
            'f:spec': { ...fields('replicas', 'selector', 'strategy'), 'f:template': { 'f:spec': specFields } },
          }),
        ],
      },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: template(name, labels),
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
      status: {
        observedGeneration: 1,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
        terminatingReplicas: 0,
        conditions: [
          condition('Available', 'MinimumReplicasAvailable'),
          condition('Progressing', 'NewReplicaSetAvailable'),
        ],
      },
    } as Stored['object'],
  };
}

function replicaSet(namespace: string, index: number, replicas: number): Stored {
  const app = deploymentName(index);
  const name = `${app}-${templateHash(index)}`;
  const labels = { app, 'pod-template-hash': templateHash(index) };
  return {
    key: `apps/replicasets/${namespace}/${name}`,
    object: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name,
        namespace,
        uid: uidOf(`replicaset ${namespace} ${name}`),
        creationTimestamp: born,
        generation: 1,
        labels,
        annotations: {
          'deployment.kubernetes.io/revision': '1',
          'deployment.kubernetes.io/desired-replicas': String(replicas),
          'deployment.kubernetes.io/max-replicas': String(replicas + Math.ceil(replicas / 4)),
        },
        ownerReferences: [owner('Deployment', app, uidOf(`deployment ${namespace} ${app}`))],
        managedFields: [
          entry('kube-controller-manager', 'apps/v1', {
            'f:metadata': { 'f:labels': { '.': {}, ...fields('app', 'pod-template-hash') } },
            'f:spec': { ...fields('replicas', 'selector'), 'f:template': { 'f:spec': specFields } },
          }),
        ],
      },
      spec: { replicas, selector: { matchLabels: labels }, template: template(app, labels) },
      status: {
        replicas,
        fullyLabeledReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
        terminatingReplicas: 0,
        observedGeneration: 1,
      },
    } as Stored['object'],
  };
}

/** What a kubelet says of a Pod that runs; `address` is the Pod's. */
export function runningStatus(app: string, address: string, uid: string, time: string): object {
  const is = (type: string): object => ({
    type,
    status: 'True',
    lastTransitionTime: time,
  });
  return {
    phase: 'Running',
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(is),
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: time,
    containerStatuses: [
      {
        name: 'app',
        state: { running: { startedAt: time } },
        lastState: {},
        ready: true,
        restartCount: 0,
        image: `registry.example.com/${app}:1.4.2`,
        imageID: `registry.example.com/${app}@sha256:${createHash('sha256').update(app).digest('hex')}`,
        containerID: `containerd://${createHash('sha256').update(uid).digest('hex')}`,
        started: true,
      },
    ],
    qosClass: 'Burstable',
  };
}

const podFields = (set: string): object => ({
  'f:metadata': {
    'f:generateName': {},
    'f:labels': { '.': {}, ...fields('app', 'pod-template-hash') },
    'f:ownerReferences': { '.': {}, [`k:{"uid":"${set}"}`]: {} },
  },
  'f:spec': { ...specFields, 'f:enableServiceLinks': {} },
});

const oneCondition = (type: string): object => ({
  [`k:{"type":"${type}"}`]: {
    '.': {},
    ...fields('type', 'status', 'lastTransitionTime'),
  },
});

const statusFields = {
  'f:status': {
    'f:conditions': Object.assign(
      {},
      ...['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'].map(oneCondition),
    ) as object,
    ...fields('containerStatuses', 'hostIP', 'phase', 'podIP', 'startTime'),
    'f:hostIPs': {},
    'f:podIPs': { '.': {}, 'k:{"ip":"10.32.0.7"}': { '.': {}, 'f:ip': {} } },
  },
};

function pod(namespace: string, index: number, replica: number, node: string): Stored {
  const app = deploymentName(index);
  const set = `${app}-${templateHash(index)}`;
  const setUid = uidOf(`replicaset ${namespace} ${set}`);
  const uid = uidOf(`pod ${namespace} ${set} ${replica}`);
  const name = `${set}-${uid.slice(0, 5)}${replica}`;
  const volume = `kube-api-access-${uid.slice(9, 13)}x`;
  return {
    key: `core/pods/${namespace}/${name}`,
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${set}-`,
        labels: { app, 'pod-template-hash': templateHash(index) },
        ownerReferences: [owner('ReplicaSet', set, setUid)],
        namespace,
        uid,
        creationTimestamp: born,
        generation: 1,
        name,
        managedFields: [
          entry('kube-controller-manager', 'v1', podFields(setUid)),
          entry('kubelet', 'v1', statusFields, 'status'),
        ],
      },
      spec: {
        containers: [{ ...container(app), volumeMounts: [{ name: volume, readOnly: true, mountPath: tokenPath }] }],
        ...common,
        enableServiceLinks: true,
        serviceAccountName: 'default',
        serviceAccount: 'default',
        volumes: [{ name: volume, projected: { sources: tokenSources, defaultMode: 420 } }],
        priority: 0,
        preemptionPolicy: 'PreemptLowerPriority',
        tolerations: ['not-ready', 'unreachable'].map((why) => ({
          key: `node.kubernetes.io/${why}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        })),
        nodeName: node,
      },
      status: runningStatus(app, `10.32.${index % 250}.${replica % 250}`, uid, born),
    } as Stored['object'],
  };
}

const tokenSources = [
  { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  {
    downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] },
  },
];

const room = { cpu: '32', 'ephemeral-storage': '98831908Ki', memory: '131072Mi', pods: '110' };

function node(index: number, now: string): Stored {
  const name = nodeName(index);
  const labels = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': name,
    'topology.kubernetes.io/zone': `zone-${index % 3}`,
  };
  const heard = (type: string, status: string, reason: string): object => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: born,
    reason,
    message: `kubelet: ${reason}`,
  });
  const cidr = `10.${32 + (index >> 8)}.${index & 255}.0/24`;
  return {
    key: `core/nodes//${name}`,
    object: {
      kind: 'Node',
      apiVersion: 'v1',
      metadata: {
        name,
        uid: uidOf(`node ${name}`),
        creationTimestamp: born,
        labels,
        managedFields: [
          entry('kubelet', 'v1', { 'f:metadata': { 'f:labels': { '.': {}, ...fields(...Object.keys(labels)) } } }),
          entry('kubelet', 'v1', { 'f:status': fields('conditions', 'images', 'capacity', 'allocatable') }, 'status'),
        ],
      },
      spec: { podCIDR: cidr, podCIDRs: [cidr] },
      status: {
        capacity: room,
        allocatable: room,
        conditions: [
          heard('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
          heard('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
          heard('PIDPressure', 'False', 'KubeletHasSufficientPID'),
          heard('Ready', 'True', 'KubeletReady'),
        ],
        addresses: [
          { type: 'InternalIP', address: `192.0.${index >> 8}.${index & 255}` },
          { type: 'Hostname', address: name },
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
        nodeInfo: {
          machineID: uidOf(`machine ${name}`).replaceAll('-', ''),
          systemUUID: uidOf(`system ${name}`),
          bootID: uidOf(`boot ${name}`),
          kernelVersion: '6.1.0-25-amd64',
          osImage: 'Debian GNU/Linux 12 (bookworm)',
          containerRuntimeVersion: 'containerd://1.6.20',
          kubeletVersion: 'v1.36.0',
          kubeProxyVersion: 'v1.36.0',
          operatingSystem: 'linux',
          architecture: 'amd64',
        },
        images: Array.from({ length: 12 }, (_, image) => ({
          names: [`registry.example.com/${deploymentName(image)}:1.4.2`],
          sizeBytes: 48_000_000 + image,
        })),
      },
    } as Stored['object'],
  };
}

function lease(index: number, now: string): Stored {
  const name = nodeName(index);
  return {
    key: `coordination.k8s.io/leases/kube-node-lease/${name}`,
    object: {
      kind: 'Lease',
      apiVersion: 'coordination.k8s.io/v1',
      metadata: {
        name,
        namespace: 'kube-node-lease',
        uid: uidOf(`lease ${name}`),
        creationTimestamp: born,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: uidOf(`node ${name}`) }],
      },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now.replace('Z', '.000000Z') },
    } as Stored['object'],
  };
}

/** Everything, in the order it would have been made. `now` is when the nodes were last heard of, in whole seconds. */
export function* population(size: Size, now: string): Iterable<Stored> {
  for (let index = 0; index < size.nodes; index += 1) {
    yield node(index, now);
    yield lease(index, now);
  }
  let next = 0;
  for (let team = 0; team < size.namespaces; team += 1) {
    const namespace = namespaceName(team);
    for (let index = 0; index < size.deploymentsEach; index += 1) {
      yield deployment(namespace, index, size.replicas);
      yield replicaSet(namespace, index, size.replicas);
      for (let replica = 0; replica < size.replicas; replica += 1) {
        yield pod(namespace, index, replica, nodeName(next % size.nodes));
        next += 1;
      }
    }
  }
}
