/** What the runtime tells of sandboxes and containers, in the words of the rest of the agent. Pure. */
import { sharesOf } from '../process/cgroup-values.ts';
import type { ContainerObservation, ContainerUser, Resources } from '../container.ts';
import type { PodIdentity, QosClass } from '../sandbox.ts';
import { logOnError, ownId, podOf, qosOf, stopSignalOf } from './labels.ts';
import type { ContainerStatus, LinuxResources, NamespaceOption, PodSandboxStatus } from './messages.ts';
import { criSignal } from './signals.ts';

/** A sandbox of ours. */
export interface KnownSandbox {
  /** The runtime's id. */
  readonly criId: string;
  readonly pod: PodIdentity;
  readonly attempt: number;
  readonly ready: boolean;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Empty for a Pod in the node's network. */
  readonly addresses: readonly string[];
  readonly namespaces: NamespaceOption;
  readonly qos: QosClass;
}

/** A container of ours. */
export interface KnownContainer {
  /** The runtime's id. */
  readonly criId: string;
  readonly observation: ContainerObservation;
  /** Absolute. */
  readonly logFile: string;
  readonly logOnError: boolean;
  /** Its start was cut off because who asked for it was gone; the runtime cannot start it again. */
  readonly spent: boolean;
  /** The signal its Pod named to stop it, where the runtime does not send that itself. */
  readonly stopSignal?: string;
}

const milliseconds = (nanoseconds: number): number => Math.floor(nanoseconds / 1e6);

/** The sandbox. */
export function observeSandbox(status: PodSandboxStatus): KnownSandbox {
  const { metadata, network } = status;
  const ips = [network?.ip ?? '', ...(network?.additionalIps ?? []).map(({ ip }) => ip)];
  return {
    criId: status.id,
    pod: { uid: metadata?.uid ?? '', namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' },
    attempt: metadata?.attempt ?? 0,
    ready: status.state === 'SANDBOX_READY',
    createdAt: milliseconds(status.createdAt),
    addresses: ips.filter((ip) => ip !== ''),
    namespaces: status.linux?.namespaces?.options ?? { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
    qos: qosOf(status.labels),
  };
}

/** The container; undefined when it is not one of `agent`. `runtime` is the runtime's name. */
export function observeContainer(status: ContainerStatus, agent: string, runtime: string): KnownContainer | undefined {
  const id = ownId(status.labels, agent);
  if (id === undefined) return undefined;
  const stopSignal = stopSignalOf(status.annotations);
  const user = userOf(status);
  const resources = resourcesOf(status.resources?.linux ?? null);
  return {
    criId: status.id,
    logFile: status.logPath,
    logOnError: logOnError(status.annotations),
    spent: isSpent(status),
    ...(stopSignal === undefined || status.stopSignal === criSignal(stopSignal) ? {} : { stopSignal }),
    observation: {
      id,
      shownId: `${runtime}://${status.id}`,
      pod: podOf(status.labels),
      name: status.metadata?.name ?? '',
      attempt: status.metadata?.attempt ?? 0,
      image: status.image?.image ?? '',
      imageId: status.imageRef,
      ...lifeOf(status),
      ...(resources === undefined ? {} : { resources }),
      ...(user === undefined ? {} : { user }),
    },
  };
}

/** How containerd ends a start whose caller has died: nothing of the container ever ran. */
function isSpent({ state, startedAt, reason, message }: ContainerStatus): boolean {
  const isCutOff = /context canceled|start failed: : signal: killed/.test(message);
  return state === 'CONTAINER_EXITED' && startedAt === 0 && reason === 'StartError' && isCutOff;
}

type Life = Pick<ContainerObservation, 'state' | 'startedAt' | 'finishedAt' | 'exitCode' | 'reason' | 'message'>;

function lifeOf(status: ContainerStatus): Life {
  // the start is stamped when the runtime hears of it, and a short program has ended by then
  const start = status.finishedAt > 0 ? Math.min(status.startedAt, status.finishedAt) : status.startedAt;
  const started = start > 0 ? { startedAt: milliseconds(start) } : {};
  if (status.state === 'CONTAINER_CREATED' || isSpent(status)) return { state: 'created' };
  if (status.state === 'CONTAINER_RUNNING') return { state: 'running', ...started };
  // the runtime has lost it: nobody will ever know how it ended
  const lost = status.state === 'CONTAINER_UNKNOWN';
  const exitCode = lost && status.exitCode === 0 ? 255 : status.exitCode;
  const reason = lost ? 'Unknown' : status.reason || (exitCode === 0 ? 'Completed' : 'Error');
  return {
    state: 'exited',
    ...started,
    ...(status.finishedAt > 0 ? { finishedAt: milliseconds(status.finishedAt) } : {}),
    exitCode,
    reason,
    ...(status.message === '' ? {} : { message: status.message }),
  };
}

function userOf({ user }: ContainerStatus): ContainerUser | undefined {
  const linux = user?.linux;
  if (linux === null || linux === undefined) return undefined;
  return { uid: linux.uid, gid: linux.gid, groups: linux.supplementalGroups };
}

function resourcesOf(linux: LinuxResources | null): Resources | undefined {
  if (linux === null) return undefined;
  const { cpuQuota, cpuPeriod, cpuShares, memoryLimitInBytes } = linux;
  return {
    ...(cpuQuota > 0 && cpuPeriod > 0 ? { cpuLimit: cpuQuota / cpuPeriod } : {}),
    // the least there is stands for nothing asked for
    ...(cpuShares > sharesOf(0) ? { cpuRequest: cpuShares / 1024 } : {}),
    ...(memoryLimitInBytes > 0 ? { memoryLimit: memoryLimitInBytes } : {}),
  };
}
