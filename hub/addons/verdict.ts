/** What is told of an addon after a look at it. Pure. */
import type { Addon, AddonPhase, AddonStatus, AppliedObject } from '../api/addon.ts';
import type { Health } from './health.ts';

/** How far an addon was brought. `phase` is set when that is all there is to say of it. */
export interface Brought {
  readonly phase?: AddonPhase;
  readonly message?: string;
  readonly applied: readonly AppliedObject[];
  /** Whose objects `applied` are; unset before anything was. */
  readonly version?: string;
  /** metadata.generation that was applied. */
  readonly generation?: number;
}

/** True when `before` was of the same version and wishes, and well at some time. */
function wasWell(before: AddonStatus, brought: Brought): boolean {
  const isSame = before.version === brought.version && before.observedGeneration === brought.generation;
  return isSame && (before.phase === 'Ready' || before.phase === 'Degraded');
}

/** The new status. `now` is RFC 3339. */
export function statusOf(addon: Addon, brought: Brought, health: Health, now: string): AddonStatus {
  const before = addon.status ?? {};
  const { version, generation, applied } = brought;
  const phase =
    brought.phase ?? (health.why === undefined ? 'Ready' : wasWell(before, brought) ? 'Degraded' : 'Deploying');
  const message = brought.message ?? health.why;
  const status = phase === 'Ready' ? 'True' : 'False';
  const last = before.conditions?.find(({ type }) => type === 'Ready');
  return {
    ...(version === undefined ? {} : { version }),
    wanted: health.wanted,
    ready: health.ready,
    phase,
    ...(message === undefined ? {} : { message }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(applied.length === 0 ? {} : { applied: [...applied] }),
    conditions: [
      {
        type: 'Ready',
        status,
        reason: phase,
        observedGeneration: addon.metadata.generation ?? 0,
        ...(message === undefined ? {} : { message }),
        lastTransitionTime: last?.status === status ? last.lastTransitionTime : now,
      },
    ],
  };
}
