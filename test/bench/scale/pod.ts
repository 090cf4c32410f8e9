/** Pods of the population, and what a kubelet says of them. */
import { createHash } from 'node:crypto';
import { born, deploymentName, entry, fields, owner, type Stored, templateHash, uidOf } from './stored.ts';
import { common, container, specFields } from './template.ts';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

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

/** A Pod that runs on this node. */
export function pod(namespace: string, index: number, replica: number, node: string): Stored {
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
