/** What a check of `coracle inspect` found. */
import type { Facts } from './facts.ts';

/** A result. `todo` says what to do where something is to be done. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly todo?: string;
}

/** Judges facts; several findings where several things can be wrong. Pure. */
export type Check = (facts: Facts) => readonly Finding[];

/** Makes findings of one check. */
export function findingsOf(check: string): {
  ok(text: string): Finding;
  warn(text: string, todo: string): Finding;
  fail(text: string, todo: string): Finding;
} {
  return {
    ok: (text) => ({ check, level: 'ok', text }),
    warn: (text, todo) => ({ check, level: 'warn', text, todo }),
    fail: (text, todo) => ({ check, level: 'fail', text, todo }),
  };
}

const weight: Record<Finding['level'], number> = { fail: 0, warn: 1, ok: 2 };

/** What is wrong first; within that in the order of the checks, which is from causes to what they cause. */
export function judge(facts: Facts, checks: readonly Check[]): Finding[] {
  const all = checks.flatMap((check) => check(facts));
  return all.toSorted((a, b) => weight[a.level] - weight[b.level]);
}
