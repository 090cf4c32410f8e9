/** Payloads of the link between hub and agents. Above 1 KB they travel deflated (see payload.ts). */
import type { KubeObject } from './object.ts';
import type { Pod, PodStatus } from './pod.ts';
import type { NodeStatus } from './node.ts';
import type { Taint } from './scheduling.ts';

/**
 * `session`, from the agent and as its last will. `epoch` is `<connection>.<n>`: the connection part is new with every
 * connection, n counts the sessions within it (a gap, a new hub behind the same broker). Messages of another epoch than
 * the newest session's are dropped; a last will speaks for every epoch of its connection. `boot` is the kernel's boot id.
 */
export interface SessionMessage {
  online: boolean;
  epoch: string;
  boot: string;
  version: string;
}

/** Names one object in sync: `pods/<namespace>/<name>/<uid>`, `configmaps/<namespace>/<name>`, `nodes//<name>`. */
export type ObjectKey = string;

/**
 * `sync`, from the agent after it connected or met a gap: what it holds, as key → resourceVersion. When that is long,
 * only its digest: the hub answers `tellHeld` when it differs from what the node should hold.
 */
export interface SyncMessage {
  epoch: string;
  held?: Record<ObjectKey, string>;
  digest?: string;
  /** False when the node has no use for Services, EndpointSlices and the networks of other nodes. */
  services?: boolean;
}

/**
 * `objects`, from the hub. The first message of an epoch answers `sync` and has sequence 1; each next one counts up by
 * one. A gap makes the agent send `sync` again (with a new epoch in a new session message).
 */
export interface ObjectsMessage {
  epoch: string;
  sequence: number;
  upserts: KubeObject[];
  deletions: ObjectKey[];
  /** Objects whose bytes the agent fetches over mTLS (Secrets behind an external broker). */
  fetch?: { key: ObjectKey; resourceVersion: string }[];
  /** The highest report sequence of this epoch that the hub has committed. */
  reported?: number;
  /** The digest did not match: send `sync` again, same epoch, with `held` in full. Such a message has sequence 0. */
  tellHeld?: boolean;
  /** Pods (by uid, `*` is every Pod) and the Node whose state somebody else overwrote: report them again. */
  restate?: { pods: string[]; node: boolean };
  /** More of the answer to `sync` follows: the node does not know yet what it should not hold. */
  more?: boolean;
  /** In the first message of an epoch: up to where `cluster/services` is contained in it. */
  services?: { stream: string; sequence: number };
}

/** `cluster/services`, from the hub to every node. A gap, or another `stream`, makes the agent send `sync` again. */
export interface ServicesMessage {
  stream: string;
  sequence: number;
  upserts: KubeObject[];
  deletions: ObjectKey[];
}

/** `cluster/hub`, from a hub that came (back) to an external broker: every agent starts a new session with it. */
export interface HubMessage {
  hub: string;
}

/** One Pod's state as its node sees it; the newest of a uid wins. `gone`: nothing of it is left on the node. */
export interface PodReport {
  namespace: string;
  name: string;
  uid: string;
  status?: PodStatus;
  gone?: boolean;
}

/** What the node says of itself. Sent whole on each connection, then only the parts that changed. */
export interface NodeReport {
  /** The agent has just started: make the Node when there is none. Said until the hub has committed it. */
  register?: boolean;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Only used when the Node object is made. */
  taints?: Taint[];
  unschedulable?: boolean;
  status?: NodeStatus;
}

/** An event about a Pod of this node (or the node itself), aggregated on the device. */
export interface EventReport {
  namespace: string;
  name: string;
  regarding: { kind: string; namespace?: string; name: string; uid?: string; fieldPath?: string; apiVersion?: string };
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
  first: string;
  last: string;
  count: number;
}

/** `report`, from the agent. Everything in it is repeated, under newer sequences, until `reported` covers it. */
export interface ReportMessage {
  epoch: string;
  sequence: number;
  node?: NodeReport;
  pods?: PodReport[];
  events?: EventReport[];
  /** Names of PersistentVolumes that are deleted and whose directories are gone from this node (see local-path.ts). */
  released?: string[];
  /**
   * Every static Pod of the node, whole: sent on each connection, also when there is none, and when the list changes.
   *
   * A static Pod carries the annotation `kubernetes.io/config.hash`, from which its node knows it; the hub keeps one
   * Pod of its name in the API that is bound to the node, is owned by the Node and carries the hash once more as
   * `kubernetes.io/config.mirror`. That mirror comes back in `objects` like any Pod of the node. The node tells it from
   * a Pod to be run by this annotation, runs nothing for it, and reports the static Pod's status under the mirror's uid;
   * it may have another uid at any time, because the hub makes it anew when somebody deleted it. A static Pod that is
   * taken away stays in the list until nothing of it is left: then the hub deletes its mirror at once.
   */
  statics?: Pod[];
}

/** CPU in cores, memory in bytes. */
export interface PodUsage {
  namespace: string;
  name: string;
  uid: string;
  containers: { name: string; cpu: number; memory: number }[];
}

/** A measured mass storage: bytes; wear in percent of rated life where the device tells. */
export interface DiskUsage {
  mount: string;
  device: string;
  size: number;
  used: number;
  wear?: number;
}

/** A network interface: bytes a second. */
export interface NetworkUsage {
  name: string;
  received: number;
  sent: number;
}

/** `usage`, from the agent, QoS 0: measured figures, stepped so that noise is not sent. Unset: not measured or unchanged. */
export interface UsageMessage {
  time: string;
  /** Cores in use. */
  cpu?: number;
  load?: [number, number, number];
  /** Degrees Celsius. */
  temperature?: number;
  /** Bytes. */
  memory?: { total: number; used: number; available: number };
  disks?: DiskUsage[];
  networks?: NetworkUsage[];
  /** Percent. */
  battery?: { percent: number; charging: boolean };
  /** Round trip to the broker in milliseconds, and reconnects since the agent started. */
  link?: { roundTrip: number; reconnects: number };
  uptime?: number;
  /** Seconds between measurements: what the rates are means over. */
  every?: number;
  pods?: PodUsage[];
}

/** What a stream carries. */
export type StreamKind = 'logs' | 'exec' | 'attach' | 'portforward' | 'kubelet';

/** How a node answers a `kubelet` request. */
export interface KubeletHead {
  /** HTTP. */
  status: number;
  /** Content-Type. */
  type: string;
}

/**
 * `request`, from the hub: "dial wss://hub:25000/tunnel?id=<id> and carry this". Frames on the tunnel are binary: one
 * channel byte, then data; which channels there are is in channels.ts. A portforward carries any number of connections
 * (hub/base/mux.ts), to ports of the Pod, or of the node itself when `pod` is empty. A kubelet request is an HTTP GET of
 * the options `path` and `query` (as they stand in the URL): the node answers a head, the body, and its end.
 */
export interface StreamRequest {
  id: string;
  kind: StreamKind;
  namespace: string;
  pod: string;
  uid: string;
  container: string;
  /** The query of the subresource: follow, tailLines, sinceSeconds, sinceTime, timestamps, limitBytes, previous, command, stdin, tty, port… */
  options: Record<string, string | string[]>;
}

/** True when both epochs belong to one connection of one agent. */
export function sameConnection(one: string, other: string): boolean {
  const connection = (epoch: string): string => epoch.slice(0, epoch.lastIndexOf('.'));
  return connection(one) === connection(other);
}
