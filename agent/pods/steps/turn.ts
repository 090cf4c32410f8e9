/** One round of a turn: carrying out a plan, and when to look again. */
import type { Again } from '../../../hub/base/work-queue.ts';
import type { Step } from '../step.ts';
import { RoundOver } from './step-context.ts';

/** Steps that change nothing at once. */
const quiet: ReadonlySet<Step['kind']> = new Set<Step['kind']>(['wait', 'stop', 'prestop']);

/** Carries steps out in order; answers whether anything happened that makes another look worthwhile. */
export async function perform(steps: readonly Step[], run: (step: Step) => Promise<void>): Promise<boolean> {
  let acted = false;
  for (const step of steps) {
    try {
      await run(step);
    } catch (error) {
      if (error instanceof RoundOver) return true;
      throw error;
    }
    if (!quiet.has(step.kind)) acted = true;
  }
  return acted;
}

/** When a turn that found these steps is to be followed by another, in milliseconds from `now`; undefined: when something happens. */
export function nextLook(steps: readonly Step[], now: number): Again {
  const times = steps.flatMap((step) => (step.kind === 'wait' ? [step.until] : []));
  return times.length === 0 ? undefined : Math.max(1, Math.min(...times) - now);
}
