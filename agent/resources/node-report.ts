/** What the node says of itself, as a kubelet would, from what was measured. Pure. */
import type { NodeReport } from '../../hub/api/link.ts';
import { localPathDirAnnotation } from '../../hub/api/local-path.ts';
import type { NodeCondition, NodeStatus } from '../../hub/api/node.ts';
import { timestamp } from '../../hub/api/object.ts';
import type { Taint } from '../../hub/api/scheduling.ts';
import { kubernetesVersion } from '../../hub/api/version.ts';
import type { Hardware } from './hardware.ts';
import type { Machine } from './machine.ts';

/** Free and whole space where the agent keeps its data, in bytes, and free inodes as a share. */
export interface Space {
  readonly size: number;
  readonly free: number;
  readonly inodesFree: number;
}

/** Measurements the pressures follow from. */
export interface Pressures {
  readonly memoryAvailable: number;
  readonly space: Space;
  /** Processes now and at most. */
  readonly processes: { readonly now: number; readonly limit: number };
}

/** Everything a report is made of. */
export interface NodeInput {
  readonly name: string;
  readonly machine: Machine;
  readonly hardware: Hardware | undefined;
  /** Where the built-in provisioner may keep volumes; unset: nowhere. */
  readonly localVolumesDir?: string;
  readonly addresses: readonly string[];
  readonly runtime: { readonly name: string; readonly version: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly pressures: Pressures;
  /** Why the node is not ready; undefined when it is. */
  readonly unready: string | undefined;
  /** The report before: times of conditions go on from there. */
  readonly before: NodeReport | undefined;
  readonly now: number;
}

/** How many Pods a node takes, as a kubelet's default. */
const maxPods = 110;
/** What is kept free of Pods: 100 MiB of memory and a tenth of the disk, the kubelet's eviction thresholds. */
export const reserved = { memory: 100 * 2 ** 20, disk: 0.1 } as const;

/** The report. */
export function nodeReport(input: NodeInput): NodeReport {
  const annotations = {
    ...(input.hardware === undefined ? {} : { 'coracle.io/hardware': JSON.stringify(input.hardware) }),
    ...(input.localVolumesDir === undefined ? {} : { [localPathDirAnnotation]: input.localVolumesDir }),
  };
  return {
    labels: { ...machineLabels(input), ...input.labels },
    annotations,
    ...(input.taints.length === 0 ? {} : { taints: [...input.taints] }),
    status: nodeStatus(input),
  };
}

function nodeStatus(input: NodeInput): NodeStatus {
  const { machine, runtime, pressures } = input;
  const kibi = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;
  return {
    addresses: [
      ...input.addresses.map((address) => ({ address, type: 'InternalIP' })),
      { address: input.name, type: 'Hostname' },
    ],
    allocatable: {
      cpu: String(machine.cpus),
      'ephemeral-storage': String(Math.floor(pressures.space.size * (1 - reserved.disk))),
      memory: kibi(Math.max(0, machine.memory - reserved.memory)),
      pods: String(maxPods),
    },
    capacity: {
      cpu: String(machine.cpus),
      'ephemeral-storage': kibi(pressures.space.size),
      memory: kibi(machine.memory),
      pods: String(maxPods),
    },
    conditions: conditions(input),
    nodeInfo: {
      architecture: machine.architecture,
      bootID: machine.bootId,
      containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
      kernelVersion: machine.kernel,
      kubeProxyVersion: '',
      kubeletVersion: kubernetesVersion.gitVersion,
      machineID: machine.machineId,
      operatingSystem: 'linux',
      osImage: machine.osImage,
      systemUUID: machine.systemUuid,
    },
  };
}

/** A value a label may have: at most 63 letters, digits, `-`, `_`, `.`, beginning and ending with a letter or digit. */
export function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

function machineLabels({ name, machine, hardware }: NodeInput): Record<string, string> {
  const board = labelValue(hardware?.board.model ?? '');
  const gpu = labelValue(hardware?.gpus[0]?.vendor ?? '');
  return {
    'beta.kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...(board === '' ? {} : { 'coracle.io/board': board }),
    ...(gpu === '' ? {} : { 'coracle.io/gpu': gpu }),
  };
}

/** API: types, reasons and messages are the kubelet's. */
function conditions(input: NodeInput): NodeCondition[] {
  const { memoryAvailable, space, processes } = input.pressures;
  const memory = memoryAvailable < reserved.memory;
  const disk = space.free < space.size * reserved.disk || space.inodesFree < 0.05;
  const pid = processes.now > processes.limit * 0.95;
  const of = (type: string, bad: boolean, yes: [string, string], no: [string, string]): NodeCondition => {
    const [reason, message] = bad ? yes : no;
    return condition(input, type, bad ? 'True' : 'False', reason, message);
  };
  const ready =
    input.unready === undefined
      ? condition(input, 'Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : condition(input, 'Ready', 'False', 'KubeletNotReady', input.unready);
  return [
    of(
      'MemoryPressure',
      memory,
      ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ),
    of(
      'DiskPressure',
      disk,
      ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ),
    of(
      'PIDPressure',
      pid,
      ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ),
    ready,
  ];
}

/** The heartbeat moves only with the condition: the link itself shows that the node lives. */
function condition(input: NodeInput, type: string, status: string, reason: string, message: string): NodeCondition {
  const before = input.before?.status?.conditions?.find((each) => each.type === type);
  if (before !== undefined && before.status === status && before.reason === reason && before.message === message)
    return before;
  const now = timestamp(input.now);
  const since = before?.status === status ? (before.lastTransitionTime ?? now) : now;
  return { lastHeartbeatTime: now, lastTransitionTime: since, message, reason, status, type };
}
