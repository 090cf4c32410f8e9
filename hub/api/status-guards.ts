/** Guards of the status of Pods and Nodes as agents report it: every field a client would decode has its type. */
import type {
  ContainerState,
  ContainerStateRunning,
  ContainerStateTerminated,
  ContainerStateWaiting,
  ContainerStatus,
  ResourceRequirements,
} from './container.ts';
import { anyObject, flag, list, mapOf, number, oneOf, optional, shape, text, whole } from './guard.ts';
import type { ContainerImage, NodeAddress, NodeCondition, NodeStatus, NodeSystemInfo } from './node.ts';
import type { PodCondition, PodStatus } from './pod.ts';

const word = optional(text(1024));
const prose = optional(text(32_768));
const quantities = optional(mapOf(text(64), 1000));
const time = optional(text(40));

const terminated = shape<ContainerStateTerminated>({
  containerID: word,
  exitCode: number,
  finishedAt: time,
  message: prose,
  reason: word,
  signal: optional(number),
  startedAt: time,
});

const state = shape<ContainerState>({
  running: optional(shape<ContainerStateRunning>({ startedAt: time })),
  terminated: optional(terminated),
  waiting: optional(shape<ContainerStateWaiting>({ message: prose, reason: word })),
});

const resources = shape<ResourceRequirements>({
  claims: optional(list(anyObject, 100)),
  limits: quantities,
  requests: quantities,
});

const containers = optional(
  list(
    shape<ContainerStatus>({
      allocatedResources: quantities,
      allocatedResourcesStatus: optional(list(anyObject, 100)),
      containerID: word,
      image: text(1024),
      imageID: text(1024),
      lastState: optional(state),
      name: text(63),
      ready: flag,
      resources: optional(resources),
      restartCount: whole(),
      started: optional(flag),
      state: optional(state),
      stopSignal: word,
      user: optional(anyObject),
      volumeMounts: optional(list(anyObject, 1000)),
    }),
    500,
  ),
);

const conditionStatus = oneOf('True', 'False', 'Unknown');

/** PodStatus. */
export const podStatusCheck = shape<PodStatus>({
  allocatedResources: quantities,
  conditions: optional(
    list(
      shape<PodCondition>({
        type: text(316),
        status: conditionStatus,
        reason: word,
        message: prose,
        lastProbeTime: time,
        lastTransitionTime: time,
        observedGeneration: optional(whole()),
      }),
      100,
    ),
  ),
  containerStatuses: containers,
  ephemeralContainerStatuses: containers,
  extendedResourceClaimStatus: optional(anyObject),
  hostIP: word,
  hostIPs: optional(list(shape<{ ip?: string }>({ ip: text(64) }), 10)),
  initContainerStatuses: containers,
  message: prose,
  nodeAllocatableResourceClaimStatuses: optional(list(anyObject, 100)),
  nominatedNodeName: word,
  observedGeneration: optional(whole()),
  phase: optional(oneOf('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown')),
  podIP: word,
  podIPs: optional(list(shape<{ ip?: string }>({ ip: text(64) }), 10)),
  qosClass: word,
  reason: word,
  resize: word,
  resourceClaimStatuses: optional(list(anyObject, 100)),
  resources: optional(resources),
  startTime: time,
});

/** NodeStatus. */
export const nodeStatusCheck = shape<NodeStatus>({
  addresses: optional(list(shape<NodeAddress>({ address: text(253), type: text(63) }), 100)),
  allocatable: quantities,
  capacity: quantities,
  conditions: optional(
    list(
      shape<NodeCondition>({
        type: text(316),
        status: conditionStatus,
        reason: word,
        message: prose,
        lastHeartbeatTime: time,
        lastTransitionTime: time,
      }),
      100,
    ),
  ),
  config: optional(anyObject),
  daemonEndpoints: optional(anyObject),
  declaredFeatures: optional(list(text(), 1000)),
  features: optional(anyObject),
  images: optional(
    list(shape<ContainerImage>({ names: optional(list(text(), 100)), sizeBytes: optional(number) }), 1000),
  ),
  nodeInfo: optional(
    shape<NodeSystemInfo>({
      architecture: text(),
      bootID: text(),
      containerRuntimeVersion: text(),
      kernelVersion: text(),
      kubeProxyVersion: text(),
      kubeletVersion: text(),
      machineID: text(),
      operatingSystem: text(),
      osImage: text(),
      swap: optional(anyObject),
      systemUUID: text(),
    }),
  ),
  phase: word,
  runtimeHandlers: optional(list(anyObject, 100)),
  volumesAttached: optional(list(anyObject, 1000)),
  volumesInUse: optional(list(text(), 1000)),
});
