/** The objects tests make: Pods that run a shell command on a node, workloads of them, and where they are. */
import { image } from './images.ts';
import type { ApiObject, Cluster } from './suite.ts';

/** Fields laid over what a builder makes. */
export type More = Record<string, unknown>;

/** Paths of the namespace of a test. */
export const core = (cluster: Pick<Cluster, 'namespace'>, resource: string, name = ''): string =>
  `/api/v1/namespaces/${cluster.namespace}/${resource}${name === '' ? '' : `/${name}`}`;
export const apps = (cluster: Pick<Cluster, 'namespace'>, resource: string, name = ''): string =>
  `/apis/apps/v1/namespaces/${cluster.namespace}/${resource}${name === '' ? '' : `/${name}`}`;

/** A container that runs `script` in the shell; it sleeps when left out. */
export function container(script = 'exec sleep 1000', more: More = {}): More {
  return { name: 'main', image: image('busybox:1'), command: ['/bin/sh', '-c', script], ...more };
}

/** A spec of one container that leaves as soon as it is told to. */
export function podSpec(script?: string, more: More = {}): More {
  return { terminationGracePeriodSeconds: 1, containers: [container(script)], ...more };
}

/** A Pod. */
export function pod(name: string, spec: More = podSpec(), labels: Record<string, string> = {}): ApiObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels } as never, spec };
}

/** What a workload is made of besides its name. */
export interface WorkloadOptions {
  replicas?: number;
  labels?: Record<string, string>;
  template?: More;
  /** Annotations of the template, to make another revision of it. */
  annotations?: Record<string, string>;
  more?: More;
}

/** A workload of apps/v1, or a ReplicationController, whose Pods are labelled `app: <name>`. */
export function workload(kind: string, name: string, options: WorkloadOptions = {}): ApiObject {
  const { replicas, labels = {}, template = podSpec(), annotations, more = {} } = options;
  const own = { app: name };
  const isController = kind === 'ReplicationController';
  return {
    apiVersion: isController ? 'v1' : 'apps/v1',
    kind,
    metadata: { name, labels: { ...own, ...labels } } as never,
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: isController ? own : { matchLabels: own },
      template: { metadata: { labels: own, ...(annotations === undefined ? {} : { annotations }) }, spec: template },
      ...more,
    },
  };
}

/** The Pods labelled `app: <name>`, those on their way out included. */
export function podsOf(cluster: Cluster, app: string): Promise<ApiObject[]> {
  return cluster.items(`${core(cluster, 'pods')}?labelSelector=app%3D${app}`);
}

/** True when a Pod's condition is as said. */
export function hasCondition(object: ApiObject, type: string, status = 'True'): boolean {
  const conditions = (object['status']?.conditions ?? []) as { type: string; status: string }[];
  return conditions.some((one) => one.type === type && one.status === status);
}

/** True when a Pod is Ready. */
export const isReady = (object: ApiObject): boolean => hasCondition(object, 'Ready');

/** True when a Pod was given a node. */
export const isScheduled = (object: ApiObject): boolean => (object['spec'].nodeName ?? '') !== '';

/** Makes a Pod and waits until it is Ready. */
export async function runPod(cluster: Cluster, wanted: ApiObject): Promise<ApiObject> {
  await cluster.ok('POST', core(cluster, 'pods'), wanted);
  return cluster.eventually(core(cluster, 'pods', wanted.metadata.name), isReady);
}

/** Makes a Pod that ends by itself, waits for that, and answers its log. */
export async function logOf(cluster: Cluster, wanted: ApiObject): Promise<string> {
  wanted['spec'] = { restartPolicy: 'Never', ...wanted['spec'] };
  const path = core(cluster, 'pods', wanted.metadata.name);
  await cluster.ok('POST', core(cluster, 'pods'), wanted);
  await cluster.eventually(path, (one) => ['Succeeded', 'Failed'].includes(one['status'].phase));
  return cluster.ok<string>('GET', `${path}/log`);
}
