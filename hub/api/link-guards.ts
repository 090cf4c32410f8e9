/** Guards of the link's messages: what comes over MQTT is checked here once and trusted after. */
import { anyObject, flag, list, mapOf, number, oneOf, optional, shape, text, whole } from './guard.ts';
import type {
  DiskUsage,
  EventReport,
  HubMessage,
  NetworkUsage,
  NodeReport,
  ObjectsMessage,
  PodReport,
  PodUsage,
  ReportMessage,
  ServicesMessage,
  SessionMessage,
  StreamRequest,
  SyncMessage,
  UsageMessage,
} from './link.ts';
import type { KubeObject, ObjectMeta } from './object.ts';
import type { Pod } from './pod.ts';
import type { Taint } from './scheduling.ts';
import { nodeStatusCheck, podStatusCheck } from './status-guards.ts';

const name = text(253);
const epoch = text(64);
const key = text(700);
const time = text(40);

/** `session`. */
export const sessionCheck = shape<SessionMessage>({ online: flag, epoch, boot: text(64), version: text(64) });

/** `sync`. */
export const syncCheck = shape<SyncMessage>({
  epoch,
  held: optional(mapOf(text(64))),
  digest: optional(text(64)),
  services: optional(flag),
});

const metadata = shape<Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'resourceVersion' | 'labels' | 'annotations'>>({
  name,
  namespace: optional(name),
  uid: optional(text(64)),
  resourceVersion: text(64),
  labels: optional(mapOf(text())),
  annotations: optional(mapOf(text(300_000))),
});

/** Any object of the hub, which is trusted for what is inside: it validated it. */
export const objectCheck = shape<Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>>({
  apiVersion: text(253),
  kind: text(63),
  metadata,
});

/** `objects`. */
export const objectsCheck = shape<ObjectsMessage>({
  epoch,
  sequence: whole(),
  upserts: list(objectCheck),
  deletions: list(key),
  fetch: optional(list(shape<{ key: string; resourceVersion: string }>({ key, resourceVersion: text(64) }))),
  reported: optional(whole()),
  tellHeld: optional(flag),
  more: optional(flag),
  restate: optional(shape<{ pods: string[]; node: boolean }>({ pods: list(text(64)), node: flag })),
  services: optional(shape<{ stream: string; sequence: number }>({ stream: text(64), sequence: whole() })),
});

/** `cluster/services`. */
export const servicesCheck = shape<ServicesMessage>({
  stream: text(64),
  sequence: whole(1),
  upserts: list(objectCheck),
  deletions: list(key),
});

/** `cluster/hub`. */
export const hubCheck = shape<HubMessage>({ hub: text(64) });

const podReport = shape<PodReport>({
  namespace: name,
  name,
  uid: text(64),
  status: optional(podStatusCheck),
  gone: optional(flag),
});

const nodeReport = shape<NodeReport>({
  register: optional(flag),
  labels: optional(mapOf(text(63), 1000)),
  annotations: optional(mapOf(text(65_536), 1000)),
  taints: optional(
    list(shape<Taint>({ key: text(317), effect: text(32), value: optional(text(63)), timeAdded: optional(time) }), 100),
  ),
  unschedulable: optional(flag),
  status: optional(nodeStatusCheck),
});

const eventReport = shape<EventReport>({
  namespace: name,
  name,
  regarding: shape<EventReport['regarding']>({
    kind: text(63),
    namespace: optional(name),
    name,
    uid: optional(text(253)),
    fieldPath: optional(text()),
    apiVersion: optional(text(253)),
  }),
  type: oneOf('Normal', 'Warning'),
  reason: text(128),
  message: text(4096),
  component: text(128),
  first: time,
  last: time,
  count: whole(1),
});

/** The spec is checked by who makes a mirror of it. */
const staticPod = shape<Pick<Pod, 'apiVersion' | 'kind' | 'metadata' | 'spec'>>({
  apiVersion: oneOf('v1'),
  kind: oneOf('Pod'),
  metadata: shape<Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'annotations'>>({
    name,
    namespace: name,
    labels: optional(mapOf(text(), 1000)),
    annotations: mapOf(text(300_000), 1000),
  }),
  spec: anyObject,
});

/** `report`. */
export const reportCheck = shape<ReportMessage>({
  epoch,
  sequence: whole(1),
  node: optional(nodeReport),
  pods: optional(list(podReport, 10_000)),
  events: optional(list(eventReport, 1000)),
  released: optional(list(name, 1000)),
  statics: optional(list(staticPod, 200)),
});

/** `usage`. */
export const usageCheck = shape<UsageMessage>({
  time,
  cpu: optional(number),
  load: optional(list(number, 3)),
  temperature: optional(number),
  memory: optional(shape<NonNullable<UsageMessage['memory']>>({ total: number, used: number, available: number })),
  disks: optional(
    list(shape<DiskUsage>({ mount: text(), device: text(), size: number, used: number, wear: optional(number) }), 200),
  ),
  networks: optional(list(shape<NetworkUsage>({ name: text(64), received: number, sent: number }), 200)),
  battery: optional(shape<NonNullable<UsageMessage['battery']>>({ percent: number, charging: flag })),
  link: optional(shape<NonNullable<UsageMessage['link']>>({ roundTrip: number, reconnects: number })),
  uptime: optional(number),
  every: optional(whole(1)),
  pods: optional(
    list(
      shape<PodUsage>({
        namespace: name,
        name,
        uid: text(64),
        containers: list(shape<PodUsage['containers'][number]>({ name: text(63), cpu: number, memory: number }), 100),
      }),
      10_000,
    ),
  ),
});

/** `request`. */
export const requestCheck = shape<StreamRequest>({
  id: text(128),
  kind: oneOf('logs', 'exec', 'attach', 'portforward', 'kubelet'),
  namespace: name,
  pod: name,
  uid: text(64),
  container: text(63),
  options: anyObject,
});
