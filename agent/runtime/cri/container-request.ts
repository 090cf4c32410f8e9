/** What the runtime is asked for when a container is made. Pure. */
import type { ContainerConfig, ContainerUser, Mount, Resources } from '../container.ts';
import { quotaOf, quotaPeriod, sharesOf } from '../process/cgroup-values.ts';
import { containerAnnotations, containerLabels } from './labels.ts';
import type {
  ContainerSecurityContext,
  ContainerSpec,
  LinuxResources,
  MountSpec,
  NamespaceMode,
  NamespaceOption,
} from './messages.ts';
import { securityProfile } from './sandbox-request.ts';
import { criSignal } from './signals.ts';

/** What is not the container's own. */
export interface ContainerPlace {
  readonly agent: string;
  /** The sandbox's. */
  readonly namespaces: NamespaceOption;
  /** File on the node for the termination message. */
  readonly messageFile: string;
  /** The runtime's id of the container whose processes it sees. */
  readonly processesOf?: string;
}

/** API: what a container that is not privileged does not see of the node, unless procMount is Unmasked. */
const masked = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

/** API: what it sees but cannot write. */
const readOnly = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const propagations = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const;

/** Where a container's log goes, below its Pod's directory. */
const logPath = (name: string, attempt: number): string => `${name}/${attempt}.log`;

/** What a container may use. `unlimited` is what a limit that is not set becomes: 0 leaves it alone, -1 takes it away. */
export function linuxResources(resources: Resources, unlimited: 0 | -1): LinuxResources {
  const { cpuLimit, cpuRequest, memoryLimit, oomScore } = resources;
  return {
    cpuPeriod: quotaPeriod,
    cpuQuota: cpuLimit === undefined ? unlimited : quotaOf(cpuLimit),
    cpuShares: sharesOf(cpuRequest ?? 0),
    memoryLimitInBytes: memoryLimit === undefined ? unlimited : Math.round(memoryLimit),
    oomScoreAdj: oomScore ?? 0,
  };
}

/** The container. */
export function containerRequest(config: ContainerConfig, place: ContainerPlace): ContainerSpec {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.imageId === '' ? config.image : config.imageId, userSpecifiedImage: config.image },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir ?? '',
    envs: Object.entries(config.environment).map(([key, value]) => ({ key, value })),
    mounts: [
      ...config.mounts.map(mountOf),
      mountOf({ volume: '', hostPath: place.messageFile, containerPath: config.termination.path, readOnly: false }),
    ],
    labels: containerLabels(place.agent, config),
    annotations: containerAnnotations(config),
    logPath: logPath(config.name, config.attempt),
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: { resources: linuxResources(config.resources, 0), securityContext: securityContext(config, place) },
    ...(config.stopSignal === undefined ? {} : { stopSignal: criSignal(config.stopSignal) }),
  };
}

function mountOf(mount: Mount): MountSpec {
  return {
    containerPath: mount.containerPath,
    hostPath: mount.hostPath,
    readonly: mount.readOnly,
    propagation: propagations[mount.propagation ?? 'None'],
    recursiveReadOnly: mount.recursiveReadOnly === true,
  };
}

function securityContext({ security, user }: ContainerConfig, place: ContainerPlace): ContainerSecurityContext {
  const { privileged } = security;
  const open = privileged || security.unmaskedProc;
  return {
    capabilities: { addCapabilities: security.addCapabilities, dropCapabilities: security.dropCapabilities },
    privileged,
    namespaceOptions: namespacesOf(place),
    ...userOf(user),
    readonlyRootfs: security.readOnlyRoot,
    noNewPrivs: security.noNewPrivileges,
    maskedPaths: open ? [] : masked,
    readonlyPaths: open ? [] : readOnly,
    seccomp: privileged ? { profileType: 'Unconfined' } : securityProfile(security.seccomp),
  };
}

function namespacesOf({ namespaces, processesOf }: ContainerPlace): NamespaceOption {
  const target: NamespaceMode = 'TARGET';
  return processesOf === undefined ? namespaces : { ...namespaces, pid: target, targetId: processesOf };
}

type Who = Pick<ContainerSecurityContext, 'runAsUser' | 'runAsGroup' | 'runAsUsername' | 'supplementalGroups'>;

/** API: a group cannot be had without a user; one that nobody named is root. */
function userOf({ uid, name, gid, groups = [] }: ContainerUser = {}): Who {
  const number = uid ?? (gid !== undefined && name === undefined ? 0 : undefined);
  return {
    ...(number === undefined ? {} : { runAsUser: { value: number } }),
    ...(number !== undefined || name === undefined ? {} : { runAsUsername: name }),
    ...(gid === undefined ? {} : { runAsGroup: { value: gid } }),
    supplementalGroups: groups,
  };
}
