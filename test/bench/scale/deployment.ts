/** Deployments of the population, with their ReplicaSets. */
import { born, deploymentName, entry, fields, owner, type Stored, templateHash, uidOf } from './stored.ts';
import { specFields, template } from './template.ts';

const condition = (type: string, reason: string): object => ({
  type,
  status: 'True',
  lastUpdateTime: born,
  lastTransitionTime: born,
  reason,
  message: `${reason}.`,
});

/** A Deployment that has rolled out. */
export function deployment(namespace: string, index: number, replicas: number): Stored {
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

/** Its ReplicaSet. */
export function replicaSet(namespace: string, index: number, replicas: number): Stored {
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
