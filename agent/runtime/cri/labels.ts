/** How sandboxes and containers are marked: as a kubelet marks them, for tools that read that, and as ours. */
import type { PodIdentity, QosClass } from '../sandbox.ts';
import type { LabelSelector } from './messages.ts';

/** API: labels a kubelet sets, which `crictl` and collectors of logs read. */
const kubelet = {
  pod: 'io.kubernetes.pod.name',
  namespace: 'io.kubernetes.pod.namespace',
  uid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
} as const;

const own = {
  /** Which agent made it: several may share one runtime. */
  agent: 'io.coracle/agent',
  /** Our id of a container. */
  id: 'io.coracle/id',
  /** The sandbox's control group lies below its class. */
  qos: 'io.coracle/qos',
} as const;

/** Annotations of containers; API: those a kubelet sets. */
const annotations = {
  attempt: 'io.kubernetes.container.restartCount',
  messagePath: 'io.kubernetes.container.terminationMessagePath',
  messagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  /** Ours. */
  stopSignal: 'io.coracle/stop-signal',
} as const;

type Labels = Readonly<Record<string, string>>;

const podLabels = (agent: string, pod: PodIdentity): Labels => ({
  [kubelet.pod]: pod.name,
  [kubelet.namespace]: pod.namespace,
  [kubelet.uid]: pod.uid,
  [own.agent]: agent,
});

/** Labels of a sandbox beside the Pod's own, which never win. */
export const sandboxLabels = (agent: string, pod: PodIdentity, qos: QosClass): Labels => ({
  ...podLabels(agent, pod),
  [own.qos]: qos,
});

/** Labels of a container. */
export const containerLabels = (agent: string, config: { pod: PodIdentity; name: string; id: string }): Labels => ({
  ...podLabels(agent, config.pod),
  [kubelet.container]: config.name,
  [own.id]: config.id,
});

/** Annotations of a container. */
export const containerAnnotations = (config: {
  attempt: number;
  termination: { path: string; logOnError: boolean };
  stopSignal?: string;
}): Labels => ({
  ...(config.stopSignal === undefined ? {} : { [annotations.stopSignal]: config.stopSignal }),
  [annotations.attempt]: String(config.attempt),
  [annotations.messagePath]: config.termination.path,
  [annotations.messagePolicy]: config.termination.logOnError ? 'FallbackToLogsOnError' : 'File',
});

/** Selects all that `agent` made. */
export const madeBy = (agent: string): LabelSelector => ({ [own.agent]: agent });

/** Selects all that `agent` made for a Pod. */
export const madeFor = (agent: string, uid: string): LabelSelector => ({ [own.agent]: agent, [kubelet.uid]: uid });

/** Our id of a container; undefined for one that another agent, or nobody, has marked. */
export function ownId(labels: Labels, agent: string): string | undefined {
  return labels[own.agent] === agent ? labels[own.id] : undefined;
}

/** Which Pod it is for. */
export const podOf = (labels: Labels): PodIdentity => ({
  uid: labels[kubelet.uid] ?? '',
  namespace: labels[kubelet.namespace] ?? '',
  name: labels[kubelet.pod] ?? '',
});

/** The class of a sandbox's Pod. */
export function qosOf(labels: Labels): QosClass {
  const given = labels[own.qos];
  return given === 'Guaranteed' || given === 'Burstable' ? given : 'BestEffort';
}

/** The signal its Pod named to stop it. */
export const stopSignalOf = (given: Labels): string | undefined => given[annotations.stopSignal];

/** Whether the end of the log stands for an empty termination message. */
export const logOnError = (given: Labels): boolean => given[annotations.messagePolicy] === 'FallbackToLogsOnError';
