/** A Pod of host processes on one node, for as long as a command works there: what is run in it runs on the node itself. */
import { randomBytes } from 'node:crypto';
import type { Pod } from '../../hub/api/pod.ts';
import { again } from './again.ts';
import { exitCodes, Failure } from './failure.ts';
import { findNode } from './find-node.ts';
import type { HubClient } from './hub-client.ts';
import { namespaced } from './namespace-option.ts';

/** Where such Pods are. */
export const nodePodNamespace = 'kube-system';

/** How long one may take to run, in milliseconds. */
const startTimeout = 30_000;
/** It ends by itself when the command that made it is killed; seconds. */
const longest = 6 * 3600;

const path = namespaced('/api/v1', nodePodNamespace, 'pods');

/** Runs `work` with the name of a running Pod on `node`, and removes the Pod in any case. */
export async function withNodePod<T>(client: HubClient, node: string, work: (pod: string) => Promise<T>): Promise<T> {
  await findNode(client, node);
  const name = `coracle-command-${randomBytes(4).toString('hex')}`;
  await client.call('POST', path, manifest(name, node));
  try {
    await running(client, name, node);
    return await work(name);
  } finally {
    await client
      .call('DELETE', `${path}/${name}`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 })
      .catch(() => {});
  }
}

function manifest(name: string, node: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: nodePodNamespace, labels: { 'app.kubernetes.io/managed-by': 'coracle-command' } },
    spec: {
      nodeName: node,
      runtimeClassName: 'process',
      hostNetwork: true,
      restartPolicy: 'Never',
      activeDeadlineSeconds: longest,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'main', image: 'none', command: ['sleep', String(longest)] }],
    },
  };
}

async function running(client: HubClient, name: string, node: string): Promise<void> {
  const field = encodeURIComponent(`metadata.name=${name}`);
  let last = 'it did not take it up';
  const seen = await client.watch<Pod, true>(
    `${path}?watch=true&fieldSelector=${field}`,
    startTimeout,
    (_type, pod) => {
      const { phase, message } = pod.status ?? {};
      last = message ?? phase ?? last;
      if (phase === 'Failed') throw new Failure(`node ${node} cannot run the command: ${last}`);
      return phase === 'Running' ? true : undefined;
    },
  );
  if (seen === true) return;
  throw new Failure(`node ${node} does not answer within ${startTimeout / 1000} s: ${last}`, {
    next: `see its state with: ${again('status')}`,
    exitCode: exitCodes.timeout,
  });
}
