/** Decides which containers of one Pod start now, and what must be there before. Pure. */
import { type Case, isHooking, runsAgain } from './case.ts';
import { crashWait, nextBackoff } from './crash-backoff.ts';
import type { KnownContainer } from '../known-container.ts';
import { graceOf, isSidecar, type Situation } from '../situation.ts';
import type { Step } from '../step.ts';

/** The steps towards everything running. */
export function advance(situation: Situation, cases: readonly Case[]): Step[] {
  const blocked = wait(situation, '');
  if (blocked !== undefined) return [blocked];
  const starts: Step[] = [];
  for (const each of dueContainers(situation, cases)) {
    const steps = start(situation, each);
    starts.push(...steps, ...hook(situation, each));
    // one after the other, as a kubelet does: what comes later may count on what an earlier one's hook has done
    const hooks = each.container.lifecycle?.postStart !== undefined && steps.some((step) => step.kind === 'start');
    if (each.role !== 'ephemeral' && (hooks || isHooking(each) || situation.pulling.has(each.container.name))) break;
  }
  const { sandboxes } = situation.observed;
  const needed = starts.some((step) => step.kind === 'start') && !sandboxes.some(({ ready }) => ready);
  const lost = Object.keys(situation.checkpoint.containers).length > 0;
  const sandbox: Step[] = needed ? [{ kind: 'sandbox', lost }] : [];
  const volumes: Step[] = sandbox.length > 0 || !situation.volumes ? [{ kind: 'volumes' }] : [];
  return [...sandbox, ...volumes, ...starts];
}

/** Those whose turn it is: ephemeral ones always; the first init container that is not through, with the sidecars before it; then all others. */
function dueContainers(situation: Situation, cases: readonly Case[]): Case[] {
  const due = cases.filter(({ role }) => role === 'ephemeral');
  const main = cases.filter(({ role }) => role === 'main');
  const begun = main.some(({ known }) => known.phase !== 'none' && !(known.phase === 'exited' && known.stale));
  for (const each of cases) {
    if (each.role !== 'init') continue;
    if (isSidecar(each.container)) {
      due.push(each);
      if (!begun && !hasStarted(situation, each)) return due;
    } else if (!begun && !(each.known.phase === 'exited' && each.known.ended.exitCode === 0 && !each.known.stale)) {
      return [...due, each];
    }
  }
  return [...due, ...main];
}

/** A sidecar lets the next one begin once it runs, its hook is done and its startup probe, if any, has passed. */
function hasStarted(situation: Situation, each: Case): boolean {
  const { container, known } = each;
  if (known.phase !== 'running' || isHooking(each)) return false;
  const probe = situation.probes.get(container.name);
  return container.startupProbe === undefined || (probe?.id === known.checkpoint.id && probe.started === true);
}

function hook(situation: Situation, { container, known }: Case): Step[] {
  if (known.phase !== 'running' || known.checkpoint.hook !== 'due') return [];
  const progress = situation.hooks.get(container.name);
  const { id } = known.checkpoint;
  if (progress?.id !== id) return [{ kind: 'hook', container, id }];
  return progress.state === 'done' ? [{ kind: 'hooked', container: container.name }] : [];
}

function start(situation: Situation, each: Case): Step[] {
  const { container, known } = each;
  if (known.phase === 'running') return [];
  const strays = situation.observed.containers.filter(
    ({ name, state }) => name === container.name && state === 'running',
  );
  if (strays.length > 0)
    return strays.map(({ id, name }) => ({ kind: 'stop', container: name, id, grace: graceOf(situation), why: '' }));
  if (situation.pulling.has(container.name)) return [];
  if (known.phase === 'exited') return restart(situation, each, known);
  const problem = wait(situation, container.name);
  if (problem !== undefined) return [problem];
  if (known.phase === 'none') return [{ kind: 'start', container, attempt: 0 }];
  const { attempt, id, last, backoff } = known.checkpoint;
  return [{ kind: 'start', container, attempt, id, ...(last && { last }), ...(backoff && { backoff }) }];
}

function restart(situation: Situation, each: Case, known: Extract<KnownContainer, { phase: 'exited' }>): Step[] {
  const { container, role } = each;
  const again = { kind: 'start', container, attempt: known.checkpoint.attempt + 1, last: known.ended } as const;
  const repeats = role === 'init' && known.stale && known.ended.exitCode === 0;
  if (!repeats && !runsAgain(situation, each, known.ended.exitCode)) return [];
  const problem = wait(situation, container.name);
  if (problem !== undefined) return [problem];
  // The crashes of another life of the machine say nothing about this one.
  if (repeats || known.lost || known.stale) return [again];
  const { backoff } = known.checkpoint;
  const crashed = crashWait(backoff, known.finishedAt, situation.now);
  if (crashed !== undefined) return [{ kind: 'wait', until: crashed.until }];
  return [{ ...again, backoff: nextBackoff(backoff, known.finishedAt, situation.now) }];
}

function wait(situation: Situation, name: string): Step | undefined {
  const problem = situation.problems.get(name);
  return problem === undefined || problem.until <= situation.now ? undefined : { kind: 'wait', until: problem.until };
}
