/** What the node says of itself, as a kubelet would, from what was measured. Pure. */
import type { NodeReport } from '../../hub/api/link.ts';
import { localPathDirAnnotation } from '../../hub/api/local-path.ts';
import type { ContainerImage, NodeStatus } from '../../hub/api/node.ts';
import type { Taint } from '../../hub/api/scheduling.ts';
import { kubernetesVersion } from '../../hub/api/version.ts';
import type { Pressure } from '../eviction/signal.ts';
import type { NetworkTrouble } from '../network/network.ts';
import type { Amounts } from './allocatable.ts';
import type { Hardware } from './hardware.ts';
import type { Machine } from './machine.ts';
import { nodeConditions } from './node-conditions.ts';

/** Everything a report is made of. */
export interface NodeInput {
  readonly name: string;
  readonly machine: Machine;
  readonly hardware: Hardware | undefined;
  /** Where the built-in provisioner may keep volumes; unset: nowhere. */
  readonly localVolumesDir?: string;
  /** What other nodes are told through the hub, beside what is measured. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly runtime: { readonly name: string; readonly version: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** What there is, and what of it Pods may have. */
  readonly capacity: Amounts;
  readonly allocatable: Amounts;
  /** How many Pods the node takes. */
  readonly maxPods: number;
  readonly images: readonly ContainerImage[];
  /** What the node is short of. */
  readonly pressures: ReadonlySet<Pressure>;
  /** Why the node is not ready; undefined when it is. */
  readonly unready: string | undefined;
  /** What is wrong with the network of Pods; unset on a node without one. */
  readonly network?: readonly NetworkTrouble[];
  /** The report before: times of conditions go on from there. */
  readonly before: NodeReport | undefined;
  readonly now: number;
}

/** The report. */
export function nodeReport(input: NodeInput): NodeReport {
  const annotations = {
    ...input.annotations,
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
  const { machine, runtime } = input;
  return {
    addresses: [
      ...input.addresses.map((address) => ({ address, type: 'InternalIP' })),
      { address: input.name, type: 'Hostname' },
    ],
    allocatable: {
      ...amounts(input.allocatable, input.maxPods),
      // API: capacity is in KiB, what may be given away is not rounded to them
      'ephemeral-storage': String(Math.floor(input.allocatable.storage)),
    },
    capacity: amounts(input.capacity, input.maxPods),
    conditions: nodeConditions({ ...input, before: input.before?.status?.conditions }),
    images: [...input.images],
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
      ...(machine.swap > 0 ? { swap: { capacity: machine.swap } } : {}),
      systemUUID: machine.systemUuid,
    },
  };
}

function amounts({ cpu, memory, storage }: Amounts, pods: number): Record<string, string> {
  const kibi = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;
  return {
    cpu: Number.isInteger(cpu) ? String(cpu) : `${Math.floor(cpu * 1000)}m`,
    'ephemeral-storage': kibi(storage),
    memory: kibi(memory),
    pods: String(pods),
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
