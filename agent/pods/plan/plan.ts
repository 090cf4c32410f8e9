/** Decides what to do next for one Pod. Pure: the same situation gives the same steps, and an empty list means all is well. */
import { casesOf, isFinished, recordStep } from './case.ts';
import { replaceChanged } from './changed-containers.ts';
import { advance } from './plan-start.ts';
import { conclude, sicken, stopAll, terminate } from './plan-stop.ts';
import { resizeSteps } from '../admission/resize.ts';
import { graceOf, isTerminating, type Situation } from '../situation.ts';
import type { Step } from '../step.ts';

/** The next steps. */
export function plan(situation: Situation): Step[] {
  const cases = casesOf(situation);
  const records = cases.flatMap(recordStep);
  if (isTerminating(situation)) return [...records, ...terminate(situation)];
  if (situation.checkpoint.failed !== undefined) return [...records, ...conclude(situation)];
  if (situation.evicted !== undefined) return [...records, { kind: 'fail', ...situation.evicted }];
  if (situation.refused !== undefined) return [...records, { kind: 'fail', ...situation.refused }];
  if (isFinished(situation, cases)) return [...records, ...conclude(situation), ...tidy(situation)];
  const deadline = pastDeadline(situation);
  if (deadline?.kind === 'fail') return [...records, deadline];
  const refresh: Step[] = situation.refreshAt === undefined ? [] : [{ kind: 'wait', until: situation.refreshAt }];
  const orphaned = inLostSandbox(situation);
  const steps =
    orphaned.length > 0
      ? orphaned
      : [
          ...sicken(situation, cases),
          ...replaceChanged(situation, cases),
          ...resizeSteps(situation, cases),
          ...advance(situation, cases),
          ...refresh,
        ];
  return [...records, ...steps, ...tidy(situation), ...(deadline === undefined ? [] : [deadline])];
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

/** Containers cannot outlive their sandbox: they end, then everything begins again in a new one. */
function inLostSandbox(situation: Situation): Step[] {
  const { sandboxes } = situation.observed;
  const lost = sandboxes.length > 0 && !sandboxes.some(({ ready }) => ready);
  return lost ? stopAll(situation, graceOf(situation)) : [];
}

/** Keeps the newest attempt of each container and the one before, whose log `--previous` shows. */
function tidy({ observed, checkpoint }: Situation): Step[] {
  return observed.containers
    .filter(({ name, attempt, state }) => {
      const newest = checkpoint.containers[name]?.attempt ?? 0;
      return (state === 'exited' && attempt < newest - 1) || (state === 'created' && attempt < newest);
    })
    .map(({ id }) => ({ kind: 'remove', id }));
}
