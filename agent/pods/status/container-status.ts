/** One container's status as a kubelet writes it. Pure. */
import type { ContainerState, ContainerStatus } from '../../../hub/api/container.ts';
import { timestamp } from '../../../hub/api/object.ts';
import { type Case, isHooking, runsAgain } from '../plan/case.ts';
import { crashWait } from '../plan/crash-backoff.ts';
import { goDuration } from '../go-duration.ts';
import type { KnownContainer } from '../known-container.ts';
import { grantedFields } from './granted-fields.ts';
import { isSidecar, isTerminating, type Situation } from '../situation.ts';

/** The status of one container. */
export function containerStatus(situation: Situation, each: Case): ContainerStatus {
  const { container, known } = each;
  const state = stateOf(situation, each);
  const observation = known.phase === 'running' || known.phase === 'exited' ? known.observation : undefined;
  const shown = known.phase === 'exited' ? known.ended.containerID : observation?.shownId;
  const before = statusBefore(situation, container.name);
  const image = observation?.image;
  return {
    ...grantedFields(each),
    ...(shown === undefined ? {} : { containerID: shown }),
    image: image === undefined || image === '' ? (container.image ?? '') : image,
    // the runtime may have forgotten what the hub was told before
    imageID: observation?.imageId ?? (shown !== undefined && before?.containerID === shown ? before.imageID : ''),
    lastState: lastStateOf(known, state),
    name: container.name,
    ready: isReady(situation, each),
    restartCount: known.phase === 'none' ? 0 : known.checkpoint.attempt,
    started: hasStarted(situation, each),
    state,
  };
}

function statusBefore({ pod }: Situation, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (status) => status.name === name,
  );
}

function isReady(situation: Situation, each: Case): boolean {
  const { container, role, known } = each;
  if (role === 'ephemeral') return false;
  if (role === 'init' && !isSidecar(container)) return known.phase === 'exited' && known.ended.exitCode === 0;
  if (!hasStarted(situation, each)) return false;
  return container.readinessProbe === undefined || probeOf(situation, each)?.ready === true;
}

function hasStarted(situation: Situation, each: Case): boolean {
  if (each.known.phase !== 'running' || isHooking(each)) return false;
  return each.container.startupProbe === undefined || probeOf(situation, each)?.started === true;
}

function probeOf(
  situation: Situation,
  { container, known }: Case,
): { readonly started?: boolean; readonly ready?: boolean } | undefined {
  const probe = situation.probes.get(container.name);
  return known.phase === 'running' && probe?.id === known.checkpoint.id ? probe : undefined;
}

function stateOf(situation: Situation, each: Case): ContainerState {
  const { known } = each;
  const hooking = isHooking(each);
  if (known.phase === 'running' && !hooking)
    return { running: { startedAt: timestamp(known.observation.startedAt ?? situation.now) } };
  const problem = problemOf(situation, each);
  if (known.phase === 'exited') {
    const stays = situation.checkpoint.failed !== undefined || isTerminating(situation);
    if (stays || !comesBack(situation, each)) return { terminated: known.ended };
    return problem ?? crashing(situation, each, known) ?? { terminated: known.ended };
  }
  return problem ?? { waiting: { reason: waitsForInit(situation, each) ? 'PodInitializing' : 'ContainerCreating' } };
}

/** API: a failure of the Pod as a whole is only told of while its containers wait for it. */
function problemOf(situation: Situation, each: Case): ContainerState | undefined {
  const hook = situation.hooks.get(each.container.name);
  if (isHooking(each) && hook?.state === 'failed')
    return { waiting: { message: hook.message ?? '', reason: 'PostStartHookError' } };
  const own = situation.problems.get(each.container.name);
  if (own !== undefined) return { waiting: { message: own.message, reason: own.reason } };
  const whole = situation.problems.get('');
  if (whole === undefined) return undefined;
  // API: a missing image of a volume is told as a container's own
  const image = whole.reason.includes('Image') ? whole.reason : undefined;
  const reason = image ?? (waitsForInit(situation, each) ? 'PodInitializing' : 'ContainerCreating');
  return { waiting: { message: whole.message, reason } };
}

function waitsForInit({ pod }: Situation, { container, role }: Case): boolean {
  const init = pod.spec.initContainers ?? [];
  if (role === 'ephemeral') return false;
  return role === 'main' ? init.length > 0 : init[0]?.name !== container.name;
}

function comesBack(situation: Situation, each: Case): boolean {
  const { known, role } = each;
  if (known.phase !== 'exited') return false;
  if (role === 'init' && known.stale && !situation.observed.sandboxes.some(({ ready }) => ready)) return true;
  return runsAgain(situation, each, known.ended.exitCode);
}

function crashing(
  situation: Situation,
  { container }: Case,
  known: Extract<KnownContainer, { phase: 'exited' }>,
): ContainerState | undefined {
  const waiting =
    known.lost || known.stale ? undefined : crashWait(known.checkpoint.backoff, known.finishedAt, situation.now);
  if (waiting === undefined) return undefined;
  const { name, namespace, uid } = situation.checkpoint;
  const message = `back-off ${goDuration(waiting.delay)} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
  return { waiting: { message, reason: 'CrashLoopBackOff' } };
}

/** API: lastState is how the attempt before the one in `state` ended. */
function lastStateOf(known: KnownContainer, state: ContainerState): ContainerState {
  if (known.phase === 'none') return {};
  if (known.phase === 'exited' && state.waiting !== undefined) return { terminated: known.ended };
  return known.checkpoint.last === undefined ? {} : { terminated: known.checkpoint.last };
}
