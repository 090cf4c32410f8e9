/** Everything a decision about one Pod may look at: a snapshot, so that plan and status are pure. */
import type { Container, EphemeralContainer } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Observation } from '../runtime/runtime.ts';
import type { PodCheckpoint, PodFailure } from '../state/checkpoints.ts';

/** Why something could not be done, and when it is tried again (Unix milliseconds). */
export interface Problem {
  readonly reason: string;
  readonly message: string;
  readonly failures: number;
  readonly until: number;
}

/** What probes found of a running container; absent means no such probe. */
export interface ProbeResult {
  readonly id: string;
  readonly started?: boolean;
  readonly ready?: boolean;
  /** Set when a probe of this kind gave up on it. */
  readonly unhealthy?: 'liveness' | 'startup';
}

/** How far the postStart hook of the attempt `id` is. */
export interface HookProgress {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed';
  /** Why it failed. */
  readonly message?: string;
}

/** What the node has for Pods, and what the others were granted: thousandths of a core and bytes. */
export interface Room {
  readonly capacity: { readonly cpu: number; readonly memory: number };
  readonly used: { readonly cpu: number; readonly memory: number };
}

/** The snapshot. */
export interface Situation {
  readonly pod: Pod;
  /** False once the hub took the Pod away. */
  readonly wanted: boolean;
  readonly observed: Observation;
  readonly checkpoint: PodCheckpoint;
  /** Set when the node cannot run it beside what it runs. */
  readonly refused?: PodFailure;
  /** Set when the node wants to be rid of it. */
  readonly evicted?: PodFailure | undefined;
  /** Whether the Pod's volumes are in place as the held objects say now. */
  readonly volumes: boolean;
  /** When the volumes are to be looked at again (tokens run out); Unix milliseconds. */
  readonly refreshAt?: number;
  /** By container name; under '' what concerns the whole Pod. */
  readonly problems: ReadonlyMap<string, Problem>;
  readonly probes: ReadonlyMap<string, ProbeResult>;
  /** Names of containers whose image is on its way. */
  readonly pulling: ReadonlySet<string>;
  /** By container name. */
  readonly hooks: ReadonlyMap<string, HookProgress>;
  /** Ids of attempts this agent has seen running. */
  readonly seen: ReadonlySet<string>;
  /** Set while the Pod asks for other resources than it was granted. */
  readonly room?: Room;
  /** The kernel's boot id. */
  readonly boot: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Which list of the spec a container stands in. */
export type ContainerRole = 'init' | 'main' | 'ephemeral';

/** Every container of the Pod with its role: init containers first, ephemeral ones last. */
export function containersOf({
  spec,
}: Pod): { readonly container: EphemeralContainer; readonly role: ContainerRole }[] {
  const all = (list: readonly Container[] | undefined, role: ContainerRole) =>
    (list ?? []).map((container) => ({ container, role }));
  return [
    ...all(spec.initContainers, 'init'),
    ...all(spec.containers, 'main'),
    ...all(spec.ephemeralContainers, 'ephemeral'),
  ];
}

/** The container `name`, in whichever list it stands. */
export function containerNamed(pod: Pod, name: string): EphemeralContainer | undefined {
  return containersOf(pod).find(({ container }) => container.name === name)?.container;
}

/** An init container that keeps running beside the others (a sidecar). */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** True when the Pod is to end, whoever said so. */
export function isTerminating(situation: Situation): boolean {
  return !situation.wanted || situation.pod.metadata.deletionTimestamp !== undefined;
}

/** True when no container will run any more and none runs: what is told now is the last word. */
export function isOver(situation: Situation): boolean {
  const ends = isTerminating(situation) || situation.checkpoint.failed !== undefined;
  return ends && !situation.observed.containers.some(({ state }) => state === 'running');
}

/** The grace in seconds the containers get to end. */
export function graceOf(situation: Situation): number {
  const { metadata, spec } = situation.pod;
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
}
