/** Decides how the containers of one Pod end: in which order, with which grace, and what is given back after. Pure. */
import type { Container } from '../../../hub/api/container.ts';
import type { Case } from './case.ts';
import { containersOf, graceOf, isSidecar, type Situation } from '../situation.ts';
import { restarts } from './restart.ts';
import type { Step } from '../step.ts';

/** Ordinary containers end together; then the sidecars, last one first. Whatever else the runtime runs for the Pod ends too. */
export function stopAll(situation: Situation, grace: number): Step[] {
  const running = situation.observed.containers.filter((container) => container.state === 'running');
  const sidecars = containersOf(situation.pod)
    .filter(({ container, role }) => role === 'init' && isSidecar(container))
    .map(({ container }) => container);
  const names = sidecars.map(({ name }) => name);
  const ordinary = running.filter(({ name }) => !names.includes(name));
  const last = running
    .filter(({ name }) => names.includes(name))
    .sort((a, b) => names.indexOf(b.name) - names.indexOf(a.name));
  // API: the grace is one for all: once it is used up nobody waits for a turn
  const now = grace <= 0 ? running : ordinary.length > 0 ? ordinary : last.slice(0, 1);
  const early = last
    .filter((each) => !now.includes(each) && grace > 0)
    .filter(({ name }) => sidecars.find((each) => each.name === name)?.lifecycle?.preStop !== undefined);
  return [
    ...early.map(({ id, name }): Step => ({ kind: 'prestop', container: name, id, grace })),
    ...now.map(({ id, name }): Step => ({ kind: 'stop', container: name, id, grace, why: '' })),
  ];
}

/** For a Pod none of whose containers will run again: ends what still runs, then gives back what it holds. */
export function conclude(situation: Situation): Step[] {
  const most = situation.checkpoint.failed?.grace ?? Number.POSITIVE_INFINITY;
  const stops = stopAll(situation, Math.min(graceOf(situation), most));
  if (stops.length > 0) return stops;
  if (!situation.observed.sandboxes.some(({ ready }) => ready)) return [];
  const problem = situation.problems.get('');
  return problem !== undefined && problem.until > situation.now
    ? [{ kind: 'wait', until: problem.until }]
    : [{ kind: 'release' }];
}

/** For a Pod that is to go: ends it within its grace, counted from when that began, then removes it. */
export function terminate(situation: Situation): Step[] {
  const grace = graceOf(situation);
  const before = situation.checkpoint.terminating;
  const mark: Step[] =
    before === undefined || grace < before.grace
      ? [{ kind: 'terminate', since: before?.since ?? situation.now, grace }]
      : [];
  const since = before?.since ?? situation.now;
  const left = Math.max(0, since + Math.min(grace, before?.grace ?? grace) * 1000 - situation.now) / 1000;
  const stops = stopAll(situation, left);
  return [...mark, ...(stops.length > 0 ? stops : [{ kind: 'teardown' } as const])];
}

/** Stops containers whose probes or hooks gave up on them; they restart as any other that ended. */
export function sicken(situation: Situation, cases: readonly Case[]): Step[] {
  return cases.flatMap((each): Step[] => {
    const { container, known } = each;
    if (known.phase !== 'running') return [];
    const { id } = known.checkpoint;
    const hook = situation.hooks.get(container.name);
    if (hook?.id === id && hook.state === 'failed')
      return [{ kind: 'stop', container: container.name, id, grace: graceOf(situation), why: 'FailedPostStartHook' }];
    const probe = situation.probes.get(container.name);
    if (probe?.unhealthy === undefined || probe.id !== id) return [];
    return [{ kind: 'stop', container: container.name, id, ...verdictOf(situation, container, probe.unhealthy) }];
  });
}

/** API: a probe may have a grace of its own. */
function verdictOf(
  situation: Situation,
  container: Container,
  kind: 'liveness' | 'startup',
): { grace: number; why: string } {
  const probe = kind === 'startup' ? container.startupProbe : container.livenessProbe;
  const again = isSidecar(container) || restarts(situation.pod, container, 137);
  return {
    grace: probe?.terminationGracePeriodSeconds ?? graceOf(situation),
    why: `Container ${container.name} failed ${kind} probe${again ? ', will be restarted' : ''}`,
  };
}
