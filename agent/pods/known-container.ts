/** What is known of a container, from the runtime, the checkpoint and the machine's boot together. */
import type { ContainerStateTerminated } from '../../hub/api/container.ts';
import { timestamp } from '../../hub/api/object.ts';
import type { ContainerObservation } from '../runtime/container.ts';
import type { ContainerCheckpoint } from '../state/checkpoints.ts';
import type { Situation } from './situation.ts';

/** `unstarted`: an attempt was decided and written down, but the runtime never got to start it. */
export type KnownContainer =
  | { readonly phase: 'none' }
  | { readonly phase: 'unstarted'; readonly checkpoint: ContainerCheckpoint }
  | { readonly phase: 'running'; readonly checkpoint: ContainerCheckpoint; readonly observation: ContainerObservation }
  | {
      readonly phase: 'exited';
      readonly checkpoint: ContainerCheckpoint;
      readonly ended: ContainerStateTerminated;
      /** Unset when the runtime has forgotten it. */
      readonly observation?: ContainerObservation;
      /** Unix milliseconds. */
      readonly finishedAt: number;
      /** It went down with the machine, not by itself. */
      readonly lost: boolean;
      /** The machine, or the Pod's sandbox, was restarted since it began. */
      readonly stale: boolean;
    };

/** Reasons that say the machine or the supervisor ended it: the runtime's word, and ours when even the runtime forgot. */
const lostReasons: readonly [string, string] = ['Unknown', 'ContainerStatusUnknown'];

/** API: the state of a container nobody can find any more. */
export function unknownState(message: string): ContainerStateTerminated {
  return { exitCode: 137, message, reason: lostReasons[1] };
}

/** How the runtime saw it end, as the API writes it. */
function terminatedState(observation: ContainerObservation): ContainerStateTerminated {
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
  const checkpoint = situation.checkpoint.containers[name] ?? adopted(situation, name);
  if (checkpoint === undefined) return { phase: 'none' };
  const observation = situation.observed.containers.find((container) => container.id === checkpoint.id);
  const stale =
    checkpoint.boot !== situation.boot ||
    (checkpoint.sandbox ?? 0) !== (situation.checkpoint.sandbox ?? 0) ||
    !situation.observed.sandboxes.some(({ ready }) => ready);
  if (observation?.state === 'running') return { phase: 'running', checkpoint, observation };
  if (observation?.state === 'exited') {
    const lost = observation.reason === lostReasons[0];
    const finishedAt = observation.finishedAt ?? situation.now;
    return { phase: 'exited', checkpoint, observation, ended: terminatedState(observation), finishedAt, lost, stale };
  }
  if (checkpoint.ended !== undefined) {
    const finishedAt = Date.parse(checkpoint.ended.finishedAt ?? '') || situation.now;
    const lost = lostReasons.includes(checkpoint.ended.reason ?? '');
    return { phase: 'exited', checkpoint, ended: checkpoint.ended, finishedAt, lost, stale };
  }
  const vanished = observation === undefined && hasRun(situation, name, checkpoint);
  if (!stale && !vanished) return { phase: 'unstarted', checkpoint };
  const message = stale
    ? 'The container could not be located when the node came back'
    : 'The container could not be located when the pod was looked at.  The container used to be Running';
  const ended = { ...unknownState(message), finishedAt: timestamp(situation.now) };
  return { phase: 'exited', checkpoint, ended, finishedAt: situation.now, lost: true, stale };
}

/** A container whose checkpoint was lost is taken over as it stands, with the restarts the runtime counted. */
function adopted({ observed, boot, checkpoint }: Situation, name: string): ContainerCheckpoint | undefined {
  let newest: ContainerObservation | undefined;
  for (const each of observed.containers)
    if (each.name === name && each.state !== 'created' && each.attempt >= (newest?.attempt ?? 0)) newest = each;
  if (newest === undefined) return undefined;
  const { sandbox } = checkpoint;
  return { id: newest.id, attempt: newest.attempt, boot, ...(sandbox === undefined ? {} : { sandbox }) };
}

/** It was seen running, by this agent or by one before that told the hub so. */
function hasRun({ pod, seen }: Situation, name: string, { id, attempt }: ContainerCheckpoint): boolean {
  if (seen.has(id)) return true;
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const told = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].find(
    (status) => status.name === name,
  );
  return told?.restartCount === attempt && (told.state?.running ?? told.state?.terminated) !== undefined;
}
