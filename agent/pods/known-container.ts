/** What is known of a container, from the runtime, the checkpoint and the machine's boot together. */
import type { ContainerStateTerminated } from '../../hub/api/container.ts';
import { timestamp } from '../../hub/api/object.ts';
import type { ContainerObservation } from '../runtime/container.ts';
import type { ContainerCheckpoint } from '../state/checkpoints.ts';
import type { Situation } from './situation.ts';

/** `unstarted`: an attempt was decided and written down, but the runtime never got to it. */
export type KnownContainer =
  | { readonly phase: 'none' }
  | { readonly phase: 'unstarted'; readonly checkpoint: ContainerCheckpoint }
  | { readonly phase: 'running'; readonly checkpoint: ContainerCheckpoint; readonly observation: ContainerObservation }
  | {
      readonly phase: 'exited';
      readonly checkpoint: ContainerCheckpoint;
      readonly ended: ContainerStateTerminated;
      /** Unix milliseconds. */
      readonly finishedAt: number;
      /** It went down with the machine, not by itself. */
      readonly lost: boolean;
      /** The machine was restarted since it began. */
      readonly stale: boolean;
    };

/** Reasons that say the machine or the supervisor ended it: the runtime's word, and ours when even the runtime forgot. */
const lostReasons: readonly [string, string] = ['Unknown', 'ContainerStatusUnknown'];

/** How the runtime saw it end, as the API writes it. */
export function terminatedState(observation: ContainerObservation): ContainerStateTerminated {
  const exitCode = observation.exitCode ?? 255;
  return {
    containerID: observation.shownId,
    exitCode,
    ...(observation.finishedAt === undefined ? {} : { finishedAt: timestamp(observation.finishedAt) }),
    ...(observation.message === undefined ? {} : { message: observation.message }),
    reason: observation.reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
    ...(observation.startedAt === undefined ? {} : { startedAt: timestamp(observation.startedAt) }),
  };
}

/** The container `name` of the Pod. */
export function knownContainer(situation: Situation, name: string): KnownContainer {
  const checkpoint = situation.checkpoint.containers[name];
  if (checkpoint === undefined) return { phase: 'none' };
  const observation = situation.observed.containers.find((container) => container.id === checkpoint.id);
  const stale = checkpoint.boot !== situation.boot;
  if (observation?.state === 'running') return { phase: 'running', checkpoint, observation };
  if (observation?.state === 'exited') {
    const lost = observation.reason === lostReasons[0];
    const finishedAt = observation.finishedAt ?? situation.now;
    return { phase: 'exited', checkpoint, ended: terminatedState(observation), finishedAt, lost, stale };
  }
  if (checkpoint.ended !== undefined) {
    const finishedAt = Date.parse(checkpoint.ended.finishedAt ?? '') || situation.now;
    return {
      phase: 'exited',
      checkpoint,
      ended: checkpoint.ended,
      finishedAt,
      lost: lostReasons.includes(checkpoint.ended.reason ?? ''),
      stale,
    };
  }
  if (!stale) return { phase: 'unstarted', checkpoint };
  const ended: ContainerStateTerminated = {
    exitCode: 137,
    reason: lostReasons[1],
    message: 'The container could not be located when the node came back',
    finishedAt: timestamp(situation.now),
  };
  return { phase: 'exited', checkpoint, ended, finishedAt: situation.now, lost: true, stale };
}
