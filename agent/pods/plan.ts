/** Decides what to do next for one Pod. Pure: the same situation gives the same steps, and an empty list means all is well. */
import type { Container } from '../../hub/api/container.ts';
import { crashWait, nextBackoff } from './crash-backoff.ts';
import { type KnownContainer, knownContainer } from './known-container.ts';
import { initRestarts, restarts } from './restart.ts';
import { graceOf, isSidecar, isTerminating, type Situation } from './situation.ts';
import type { Step } from './step.ts';

/** A container of the spec with what is known of it. */
interface Case {
  readonly container: Container;
  readonly known: KnownContainer;
}

/** The next steps. */
export function plan(situation: Situation): Step[] {
  const cases = (containers: readonly Container[] | undefined): Case[] =>
    (containers ?? []).map((container) => ({ container, known: knownContainer(situation, container.name) }));
  const init = cases(situation.pod.spec.initContainers);
  const main = cases(situation.pod.spec.containers);
  const records = [...init, ...main].flatMap(record);
  if (isTerminating(situation)) return [...records, ...terminate(situation, init)];
  const { failed } = situation.checkpoint;
  if (failed !== undefined) {
    const grace = Math.min(graceOf(situation), failed.grace ?? Number.POSITIVE_INFINITY);
    return [...records, ...stopAll(situation, init, grace, '')];
  }
  if (situation.evicted !== undefined) return [...records, { kind: 'fail', ...situation.evicted }];
  if (situation.refused !== undefined) return [...records, { kind: 'fail', ...situation.refused }];
  const deadline = pastDeadline(situation);
  if (deadline !== undefined && deadline.kind === 'fail') return [...records, deadline];
  const refresh: Step[] = situation.refreshAt === undefined ? [] : [{ kind: 'wait', until: situation.refreshAt }];
  const steps = isFinished(situation, main, init)
    ? stopAll(situation, init, graceOf(situation), 'the Pod has finished')
    : [...sicken(situation, [...init, ...main]), ...advance(situation, init, main), ...refresh];
  return [...records, ...steps, ...tidy(situation), ...(deadline === undefined ? [] : [deadline])];
}

/** True when no container will ever run again, by its policy or because an init container failed for good. */
export function isFinished(situation: Situation, main: readonly Case[], init: readonly Case[]): boolean {
  const { pod } = situation;
  const initFailed = init.some(
    ({ container, known }) =>
      known.phase === 'exited' &&
      !isSidecar(container) &&
      known.ended.exitCode !== 0 &&
      !initRestarts(pod, container, known.ended.exitCode),
  );
  if (initFailed) return true;
  return (
    main.length > 0 &&
    main.every(({ container, known }) => known.phase === 'exited' && !restarts(pod, container, known.ended.exitCode))
  );
}

function record({ container, known }: Case): Step[] {
  if (known.phase !== 'exited' || known.checkpoint.ended !== undefined) return [];
  return [{ kind: 'record', container: container.name, ended: known.ended }];
}

/** API: activeDeadlineSeconds counts from the Pod's startTime on the node. */
function pastDeadline(situation: Situation): Step | undefined {
  const seconds = situation.pod.spec.activeDeadlineSeconds;
  if (seconds === undefined) return undefined;
  const until = situation.checkpoint.startTime + seconds * 1000;
  if (situation.now < until) return { kind: 'wait', until };
  return {
    kind: 'fail',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  };
}

function advance(situation: Situation, init: readonly Case[], main: readonly Case[]): Step[] {
  const blocked = wait(situation, '');
  if (blocked !== undefined) return [blocked];
  const due = dueContainers(situation, init, main);
  const starts = due.flatMap((each) => start(situation, each));
  const ready = situation.observed.sandboxes.some((sandbox) => sandbox.ready);
  const sandbox: Step[] = !ready && starts.some((step) => step.kind === 'start') ? [{ kind: 'sandbox' }] : [];
  const volumes: Step[] = sandbox.length > 0 || !situation.volumes ? [{ kind: 'volumes' }] : [];
  return [...sandbox, ...volumes, ...starts];
}

/** Those whose turn it is: the first init container that is not through, with the sidecars before it; then all others. */
function dueContainers(situation: Situation, init: readonly Case[], main: readonly Case[]): Case[] {
  const due: Case[] = [];
  const begun = main.some(({ known }) => known.phase !== 'none' && !(known.phase === 'exited' && known.stale));
  for (const each of init) {
    if (isSidecar(each.container)) {
      due.push(each);
      if (!begun && !hasStarted(situation, each)) return due;
    } else if (!begun && !(each.known.phase === 'exited' && each.known.ended.exitCode === 0 && !each.known.stale)) {
      return [...due, each];
    }
  }
  return [...due, ...main];
}

/** A sidecar lets the next one begin once it runs and its startup probe, if any, has passed. */
function hasStarted(situation: Situation, { container, known }: Case): boolean {
  if (known.phase !== 'running') return false;
  return container.startupProbe === undefined || situation.probes.get(container.name)?.started === true;
}

function start(situation: Situation, { container, known }: Case): Step[] {
  if (known.phase === 'running') return [];
  const strays = situation.observed.containers.filter(
    ({ name, state }) => name === container.name && state === 'running',
  );
  if (strays.length > 0)
    return strays.map(({ id, name }) => ({
      kind: 'stop',
      container: name,
      id,
      grace: graceOf(situation),
      why: 'another attempt is due',
    }));
  const problem = wait(situation, container.name);
  if (problem !== undefined) return [problem];
  if (known.phase === 'none') return [{ kind: 'start', container, attempt: 0 }];
  if (known.phase === 'exited') return restart(situation, container, known);
  const { attempt, id, last, backoff } = known.checkpoint;
  return [{ kind: 'start', container, attempt, id, ...(last && { last }), ...(backoff && { backoff }) }];
}

function restart(
  situation: Situation,
  container: Container,
  known: Extract<KnownContainer, { phase: 'exited' }>,
): Step[] {
  const again = { kind: 'start', container, attempt: known.checkpoint.attempt + 1, last: known.ended } as const;
  const isInit = situation.pod.spec.initContainers?.includes(container) === true;
  if (isInit && known.stale && known.ended.exitCode === 0) return [again];
  if (!(isInit ? initRestarts : restarts)(situation.pod, container, known.ended.exitCode)) return [];
  // The crashes of another life of the machine say nothing about this one.
  if (known.lost || known.stale) return [again];
  const { backoff } = known.checkpoint;
  const crashed = crashWait(backoff, known.finishedAt, situation.now);
  if (crashed !== undefined) return [{ kind: 'wait', until: crashed.until }];
  return [{ ...again, backoff: nextBackoff(backoff, known.finishedAt, situation.now) }];
}

function wait(situation: Situation, name: string): Step | undefined {
  const problem = situation.problems.get(name);
  return problem === undefined || problem.until <= situation.now ? undefined : { kind: 'wait', until: problem.until };
}

/** Stops containers whose probes gave up on them; they restart as any other that ended. */
function sicken(situation: Situation, cases: readonly Case[]): Step[] {
  return cases.flatMap(({ container, known }): Step[] => {
    const probe = situation.probes.get(container.name);
    if (known.phase !== 'running' || probe?.unhealthy === undefined || probe.id !== known.checkpoint.id) return [];
    const grace = container.livenessProbe?.terminationGracePeriodSeconds ?? graceOf(situation);
    return [{ kind: 'stop', container: container.name, id: known.checkpoint.id, grace, why: probe.unhealthy }];
  });
}

function terminate(situation: Situation, init: readonly Case[]): Step[] {
  const grace = graceOf(situation);
  const before = situation.checkpoint.terminating;
  const mark: Step[] =
    before === undefined || grace < before.grace
      ? [{ kind: 'terminate', since: before?.since ?? situation.now, grace }]
      : [];
  const since = before?.since ?? situation.now;
  const left = Math.max(0, since + Math.min(grace, before?.grace ?? grace) * 1000 - situation.now) / 1000;
  const stops = stopAll(situation, init, left, '');
  return [...mark, ...(stops.length > 0 ? stops : [{ kind: 'teardown' } as const])];
}

/** Ordinary containers end together; then the sidecars, last one first. Whatever else the runtime runs for the Pod ends too. */
function stopAll(situation: Situation, init: readonly Case[], grace: number, why: string): Step[] {
  const running = situation.observed.containers.filter((container) => container.state === 'running');
  const sidecars = init.filter(({ container }) => isSidecar(container)).map(({ container }) => container.name);
  const ordinary = running.filter(({ name }) => !sidecars.includes(name));
  const last = running
    .filter(({ name }) => sidecars.includes(name))
    .sort((a, b) => sidecars.indexOf(b.name) - sidecars.indexOf(a.name));
  const now = ordinary.length > 0 ? ordinary : last.slice(0, 1);
  return now.map(({ id, name }) => ({ kind: 'stop', container: name, id, grace, why }));
}

/** Keeps the newest attempt of each container and the one before, whose log `--previous` shows. */
function tidy(situation: Situation): Step[] {
  return situation.observed.containers
    .filter(
      ({ name, attempt, state }) =>
        state === 'exited' && attempt < (situation.checkpoint.containers[name]?.attempt ?? 0) - 1,
    )
    .map(({ id }) => ({ kind: 'remove', id }));
}
