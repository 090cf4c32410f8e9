/** Pods on one node of a cluster, made and watched as a user does. */
import type { Container } from '../../../hub/api/container.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { ContainerStatus } from '../../../hub/api/container.ts';
import type { Pod, PodSpec } from '../../../hub/api/pod.ts';
import { ApiClient } from '../api-client.ts';
import { eventually } from '../eventually.ts';
import type { Cluster } from './cluster.ts';

/** What is changed of a Pod that sleeps. */
export interface PodChoices {
  readonly script?: string;
  readonly container?: Partial<Container>;
  readonly spec?: Partial<PodSpec>;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** Pods in the namespace `default`, bound to a node. */
export interface NodePods {
  readonly client: ApiClient;
  /** Makes one that runs a shell script; its image is busybox unless said. */
  create(name: string, choices?: PodChoices): Promise<void>;
  /** Waits until it is as wanted; milliseconds. */
  until(name: string, what: string, wanted: (pod: Pod) => boolean, timeout?: number): Promise<Pod>;
  /** Waits until all its containers are ready. */
  ready(name: string, timeout?: number): Promise<Pod>;
  get(name: string): Promise<Pod | undefined>;
  /** Waits for an event about it whose reason and message are as wanted. */
  told(name: string, reason: string, message: RegExp, timeout?: number): Promise<void>;
  /** Deletes it with this grace in seconds and waits until it is gone. */
  remove(name: string, grace?: number): Promise<void>;
  close(): void;
}

/** Milliseconds. */
const patience = 30_000;

const path = (resource: string, name = ''): string => `/api/v1/namespaces/default/${resource}${name && `/${name}`}`;

/** The status of a Pod's container, the first one unless named. */
export function containerStatus(pod: Pod, name?: string): ContainerStatus | undefined {
  const all = pod.status?.containerStatuses ?? [];
  return name === undefined ? all[0] : all.find((each) => each.name === name);
}

/** Pods on the node called `node`. */
export function podsOn(cluster: Pick<Cluster, 'hub' | 'image'>, node: string): NodePods {
  const client = new ApiClient(cluster.hub.dir);
  const get = async (name: string): Promise<Pod | undefined> => {
    const { status, body } = await client.call('GET', path('pods', name));
    return status === 200 ? (body as Pod) : undefined;
  };
  const until: NodePods['until'] = async (name, what, wanted, timeout = patience) => {
    let last: Pod | undefined;
    const look = async (): Promise<Pod | undefined> => {
      last = await get(name);
      return last !== undefined && wanted(last) ? last : undefined;
    };
    try {
      return await eventually(`${name} to be ${what}`, look, timeout);
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(last?.status)}`);
    }
  };
  return {
    client,
    get,
    until,
    async create(
      name,
      { script = 'exec sleep 100000', container = {}, spec = {}, labels = {}, annotations = {} } = {},
    ) {
      const main = { name: 'main', image: cluster.image('busybox'), command: ['/bin/sh', '-c', script], ...container };
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels, annotations },
        spec: { nodeName: node, terminationGracePeriodSeconds: 1, containers: [main], ...spec },
      };
      const { status, body } = await client.call('POST', path('pods'), pod);
      if (status !== 201) throw new Error(`creating ${name}: ${status} ${JSON.stringify(body)}`);
    },
    ready: (name, timeout) =>
      until(
        name,
        'ready',
        (pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
        timeout,
      ),
    async told(name, reason, message, timeout = patience) {
      const selector = `fieldSelector=involvedObject.name%3D${name}`;
      await eventually(
        `an event ${reason} about ${name} that says ${message}`,
        async () => {
          const { body } = await client.call('GET', `${path('events')}?${selector}`);
          const events = (body as { items: (KubeObject & { reason: string; message: string })[] }).items;
          return events.some((event) => event.reason === reason && message.test(event.message));
        },
        timeout,
      );
    },
    async remove(name, grace = 0) {
      await client.call('DELETE', `${path('pods', name)}?gracePeriodSeconds=${grace}`);
      await eventually(`${name} to be gone`, async () => (await get(name)) === undefined, patience);
    },
    close: () => client.close(),
  };
}
