/** The scheduler as the hub sees it. */
import type { Clock } from '../base/clock.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Log } from '../base/log.ts';
import type { EventRecorder } from '../registry/event-recorder.ts';
import type { Registry } from '../registry/registry.ts';
import type { ReportedLoad } from './score.ts';

/** What the scheduler stands on. */
export interface SchedulerOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  /** Records as component `default-scheduler`. */
  readonly recorder: EventRecorder;
  /** What devices report of themselves; set only when it shall count in scores. */
  readonly reported?: (node: string) => ReportedLoad | undefined;
  /** In [0, 1). */
  readonly chance: () => number;
  /** Told of every try, and how many milliseconds it took: until the binding was on disk, or until it was clear that there is none. */
  readonly observe?: (result: AttemptResult, milliseconds: number) => void;
}

/** How a try to place a Pod ended. */
export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** The scheduler as a part of the hub. */
export interface SchedulerPart extends Part {
  /** Pods to be decided now, and those no node took. */
  readonly pending: { readonly active: number; readonly unschedulable: number };
}
