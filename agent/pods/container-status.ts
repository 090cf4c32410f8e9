/** One container's status as a kubelet writes it. Pure. */
import type { Container, ContainerState, ContainerStatus } from '../../hub/api/container.ts';
import { timestamp } from '../../hub/api/object.ts';
import { crashWait } from './crash-backoff.ts';
import { type KnownContainer, knownContainer } from './known-container.ts';
import { initRestarts, restarts } from './restart.ts';
import { isSidecar, isTerminating, type Situation } from './situation.ts';

/** Which list of the spec it stands in. */
export type ContainerRole = 'init' | 'main';

/** The status of `container`. */
export function containerStatus(situation: Situation, container: Container, role: ContainerRole): ContainerStatus {
  const known = knownContainer(situation, container.name);
  const state = stateOf(situation, container, role, known);
  const lastState = lastStateOf(known, state);
  const started = hasStarted(situation, container, known);
  const checkpoint = known.phase === 'none' ? undefined : known.checkpoint;
  const shown =
    known.phase === 'running'
      ? known.observation.shownId
      : known.phase === 'exited'
        ? known.ended.containerID
        : undefined;
  return {
    ...(shown === undefined ? {} : { containerID: shown }),
    image: container.image ?? '',
    imageID: known.phase === 'running' ? known.observation.imageId : '',
    lastState,
    name: container.name,
    ready: isReady(situation, container, role, known),
    restartCount: checkpoint?.attempt ?? 0,
    started,
    state,
  };
}

function isReady(situation: Situation, container: Container, role: ContainerRole, known: KnownContainer): boolean {
  if (role === 'init' && !isSidecar(container)) return known.phase === 'exited' && known.ended.exitCode === 0;
  if (known.phase !== 'running' || !hasStarted(situation, container, known)) return false;
  return container.readinessProbe === undefined || probeOf(situation, container, known)?.ready === true;
}

function hasStarted(situation: Situation, container: Container, known: KnownContainer): boolean {
  if (known.phase !== 'running') return false;
  return container.startupProbe === undefined || probeOf(situation, container, known)?.started === true;
}

function probeOf(
  situation: Situation,
  container: Container,
  known: KnownContainer,
): { started?: boolean; ready?: boolean } | undefined {
  const probe = situation.probes.get(container.name);
  return known.phase === 'running' && probe?.id === known.checkpoint.id ? probe : undefined;
}

function stateOf(
  situation: Situation,
  container: Container,
  role: ContainerRole,
  known: KnownContainer,
): ContainerState {
  if (known.phase === 'running')
    return { running: { startedAt: timestamp(known.observation.startedAt ?? situation.now) } };
  const problem = situation.problems.get(container.name) ?? situation.problems.get('');
  if (known.phase === 'exited') {
    if (isTerminating(situation) || !comesBack(situation, container, role, known.ended.exitCode))
      return { terminated: known.ended };
    if (problem !== undefined) return { waiting: { message: problem.message, reason: problem.reason } };
    return crashing(situation, container, known) ?? { terminated: known.ended };
  }
  if (problem !== undefined) return { waiting: { message: problem.message, reason: problem.reason } };
  const waitsForInit = role === 'init' ? false : (situation.pod.spec.initContainers ?? []).length > 0;
  const next = situation.pod.spec.initContainers?.[0]?.name;
  const isFirst = role === 'init' && next === container.name;
  return {
    waiting: { reason: waitsForInit || (role === 'init' && !isFirst) ? 'PodInitializing' : 'ContainerCreating' },
  };
}

function comesBack(situation: Situation, container: Container, role: ContainerRole, exitCode: number): boolean {
  if (situation.checkpoint.failed !== undefined) return false;
  return (role === 'init' ? initRestarts : restarts)(situation.pod, container, exitCode);
}

function crashing(
  situation: Situation,
  container: Container,
  known: Extract<KnownContainer, { phase: 'exited' }>,
): ContainerState | undefined {
  const waiting = known.lost ? undefined : crashWait(known.checkpoint.backoff, known.finishedAt, situation.now);
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

/** `10s`, `1m20s`, `5m0s`: a duration as Go prints it. */
export function goDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
