/** Everything a decision about one Pod may look at: a snapshot, so that plan and status are pure. */
import type { Container } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Observation } from '../runtime/runtime.ts';
import type { PodCheckpoint, PodFailure } from '../state/checkpoints.ts';
import type { Refusal } from './refusal.ts';

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
  /** Set when a liveness or startup probe gave up on it. */
  readonly unhealthy?: string;
}

/** The snapshot. */
export interface Situation {
  readonly pod: Pod;
  /** False once the hub took the Pod away. */
  readonly wanted: boolean;
  readonly observed: Observation;
  readonly checkpoint: PodCheckpoint;
  /** Set when the node cannot run it beside what it runs. */
  readonly refused?: Refusal;
  /** Set when the node wants to be rid of it. */
  readonly evicted?: PodFailure | undefined;
  /** Whether the Pod's volumes are in place as the held objects say now. */
  readonly volumes: boolean;
  /** When the volumes are to be looked at again (tokens run out); Unix milliseconds. */
  readonly refreshAt?: number;
  /** By container name; under '' what concerns the whole Pod. */
  readonly problems: ReadonlyMap<string, Problem>;
  readonly probes: ReadonlyMap<string, ProbeResult>;
  /** The kernel's boot id. */
  readonly boot: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** An init container that keeps running beside the others (a sidecar). */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** True when the Pod is to end, whoever said so. */
export function isTerminating(situation: Situation): boolean {
  return !situation.wanted || situation.pod.metadata.deletionTimestamp !== undefined;
}

/** The grace in seconds the containers get to end. */
export function graceOf(situation: Situation): number {
  const { metadata, spec } = situation.pod;
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
}
