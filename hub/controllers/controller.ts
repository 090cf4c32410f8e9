/** The one loop all controllers run on: changes become keys, keys are reconciled one at a time each. */
import type { ResourceRef } from '../api/resource.ts';
import type { Part } from '../base/lifecycle.ts';
import { inSlices } from '../base/slices.ts';
import { type Again, WorkQueue } from '../base/work-queue.ts';
import type { Change, Entry } from '../registry/registry.ts';
import type { ControllerContext } from './context.ts';

/** Which keys a change of a resource concerns. */
export interface Interest {
  /** Undefined: every resource. */
  readonly ref: ResourceRef | undefined;
  readonly keys: (change: Change) => Iterable<string>;
}

/** One controller. */
export interface ControllerOptions {
  readonly name: string;
  readonly context: ControllerContext;
  readonly interests: readonly Interest[];
  /** What to look at when starting: everything that may have been missed. Taken in slices; undefined is only a breath. */
  readonly initial: () => Iterable<string | undefined>;
  /** Reads the world anew and does what is missing. A number: again after that many milliseconds. */
  readonly reconcile: (key: string) => Promise<Again> | Again;
  /** How many keys are reconciled at once. */
  readonly workers?: number;
  /** The first and the longest wait after a failure, in milliseconds. */
  readonly backoff?: { first: number; limit: number };
}

/** `namespace/name`, or `/name` of a cluster-wide object. */
export function keyOf(object: { readonly namespace: string; readonly name: string }): string {
  return `${object.namespace}/${object.name}`;
}

/** The parts of `keyOf`. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Keys of everything a resource has, for `initial`. */
export function* allKeys(context: ControllerContext, ref: ResourceRef): Iterable<string> {
  for (const entry of context.registry.entries(ref)) yield keyOf(entry);
}

/** The interest in objects of the kind that is reconciled itself. */
export function own(ref: ResourceRef): Interest {
  return { ref, keys: (change) => [keyOf(change.entry)] };
}

/** True when an update changed the labels. */
export function relabelled(change: Change): boolean {
  const before: Entry['labels'] | undefined = change.previous?.labels;
  if (before === undefined) return true;
  const after = change.entry.labels;
  const keys = Object.keys(after);
  return keys.length !== Object.keys(before).length || keys.some((key) => after[key] !== before[key]);
}

/** A controller as a part of the hub: subscribed while it runs, with nothing to do when nothing changes. */
export function createController(options: ControllerOptions): Part {
  const { context, name } = options;
  const log = context.log.child({ room: `controllers/${name}` });
  const queue = new WorkQueue({
    name,
    clock: context.clock,
    log,
    workers: options.workers ?? 4,
    backoff: options.backoff ?? { first: 5, limit: 60_000 },
    handle: options.reconcile,
  });
  context.queueMade?.(queue);
  let ends: (() => void)[] = [];
  let stopped = false;
  const begin = (key: string | undefined): void => {
    if (key !== undefined) queue.add(key);
  };
  return {
    name: `${name} controller`,
    start() {
      ends = options.interests.map((interest) =>
        context.registry.subscribe(interest.ref, (change) => {
          for (const key of interest.keys(change)) queue.add(key);
        }),
      );
      stopped = false;
      inSlices(options.initial(), begin, { stopped: () => stopped }).catch((error: unknown) =>
        log.error({ error: String(error) }, 'could not look at everything there is'),
      );
    },
    async stop() {
      stopped = true;
      for (const end of ends.splice(0)) end();
      await queue.stop();
    },
  };
}
