/** Has a node pull an image before a Pod needs it, the way it pulls for Pods: with their secrets, and its own mirrors. */
import { randomBytes } from 'node:crypto';
import type { Pod } from '../../../hub/api/pod.ts';
import { exitCodes, Failure } from '../failure.ts';
import type { HubClient } from '../hub-client.ts';
import { namespaced } from '../namespace-option.ts';

/** Which image, with whose pull secrets; milliseconds. */
export interface PrepullOptions {
  readonly client: HubClient;
  readonly node: string;
  readonly image: string;
  readonly namespace: string;
  readonly secret?: string;
  readonly timeout: number;
}

/** Reasons of waiting that come before the image is there; with any other, or none, it is. */
const before = new Set(['ContainerCreating', 'PodInitializing']);
const failed = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
]);

/** Resolves when the image is on the node. Rejects with Failure, with the runtime's own reason. */
export async function prepull(options: PrepullOptions): Promise<void> {
  const { client, namespace, image, timeout } = options;
  const name = `coracle-prepull-${randomBytes(4).toString('hex')}`;
  const path = namespaced('/api/v1', namespace, 'pods');
  await client.call('POST', path, manifest(name, options));
  try {
    const field = encodeURIComponent(`metadata.name=${name}`);
    const done = await client.watch<Pod, true>(`${path}?watch=true&fieldSelector=${field}`, timeout, (_type, pod) => {
      const state = pulled(pod);
      if (state instanceof Failure) throw new Failure(`it cannot pull ${image}: ${state.message}`);
      return state ? true : undefined;
    });
    if (done === true) return;
    throw new Failure(`it has not pulled ${image} within ${timeout / 1000} s`, {
      exitCode: exitCodes.timeout,
    });
  } finally {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 };
    await client.call('DELETE', `${path}/${name}`, body).catch(() => {});
  }
}

/** Whether a Pod's image is on its node, or why it will not be. */
export function pulled({ status }: Pick<Pod, 'status'>): boolean | Failure {
  const [container] = status?.containerStatuses ?? [];
  const waiting = container?.state?.waiting;
  if (waiting !== undefined) {
    const reason = waiting.reason ?? '';
    return failed.has(reason) ? new Failure(waiting.message ?? reason) : !before.has(reason) && reason !== '';
  }
  if (container?.state?.running !== undefined || container?.state?.terminated !== undefined) return true;
  return status?.phase === 'Failed' ? new Failure(status.message ?? status.reason ?? 'the Pod failed') : false;
}

/** Its program exists in no image: the container fails to start, which is after the image is there, and nothing of it runs. */
function manifest(name: string, { node, image, secret }: PrepullOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'coracle-command' } },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      ...(secret === undefined ? {} : { imagePullSecrets: [{ name: secret }] }),
      containers: [
        { name: 'pull', image, imagePullPolicy: 'IfNotPresent', command: ['/coracle-prepull-runs-nothing'] },
      ],
    },
  };
}
