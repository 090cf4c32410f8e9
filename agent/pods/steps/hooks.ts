/** Runs the postStart and preStop hooks of containers; nobody's turn waits for one. */
import type { Container } from '../../../hub/api/container.ts';
import type { ProbeTarget } from '../../probes/probe.ts';
import type { PodRecord } from '../pod-record.ts';
import { containerNamed } from '../situation.ts';
import type { StepContext } from './step-context.ts';
import type { StepOf } from '../step.ts';

/** API: a container has at least this long to end after its preStop hook, in milliseconds. */
const leastGrace = 2000;

async function targetOf(
  context: StepContext,
  record: PodRecord,
  container: Container,
  id: string,
): Promise<ProbeTarget> {
  const { podAddresses } = await context.fields(record);
  return {
    container,
    address: podAddresses[0] ?? '127.0.0.1',
    exec: (command, timeout) => context.runtime.exec(id, command, timeout),
  };
}

/** Begins the postStart hook of an attempt, once; the record tells how it ended. */
export function beginPostStart(context: StepContext, record: PodRecord, { container, id }: StepOf<'hook'>): void {
  const handler = container.lifecycle?.postStart;
  const { name } = container;
  record.hooks.set(name, { id, state: handler === undefined ? 'done' : 'running' });
  if (handler === undefined) return;
  const settle = (state: 'done' | 'failed', message?: string): void => {
    if (record.hooks.get(name)?.id !== id) return;
    record.hooks.set(name, { id, state, ...(message === undefined ? {} : { message }) });
    context.changed(record.checkpoint.uid);
  };
  targetOf(context, record, container, id)
    .then((target) => context.hook(handler, target, context.signal))
    .then(
      () => settle('done'),
      (error: unknown) => {
        // the agent goes, not the container: whoever comes next runs the hook again
        if (context.signal.aborted) return;
        tellFailure(context, record, {
          container: name,
          reason: 'FailedPostStartHook',
          message: 'PostStartHook failed',
          error,
        });
        settle('failed', error instanceof Error ? error.message : String(error));
      },
    );
}

/** Begins the preStop hook of a container, once a container; resolves when it is done or its time is up. */
export function preStop(
  context: StepContext,
  record: PodRecord,
  { container: name, id, grace }: { container: string; id: string; grace: number },
): Promise<void> {
  const under = record.preStops.get(id);
  if (under !== undefined) return under;
  const container = containerNamed(record.pod, name);
  const handler = container?.lifecycle?.preStop;
  if (container === undefined || handler === undefined || grace <= 0) return Promise.resolve();
  const late = new AbortController();
  const cancel = context.clock.after(grace * 1000, () => late.abort());
  const timeUp = new Promise<void>((resolve) => late.signal.addEventListener('abort', () => resolve(), { once: true }));
  const run = targetOf(context, record, container, id)
    .then((target) => context.hook(handler, target, AbortSignal.any([late.signal, context.signal])))
    .catch((error: unknown) => {
      if (!late.signal.aborted && !context.signal.aborted)
        tellFailure(context, record, {
          container: name,
          reason: 'FailedPreStopHook',
          message: 'PreStopHook failed',
          error,
        });
    });
  const done = Promise.race([run, timeUp]).finally(cancel);
  record.preStops.set(id, done);
  return done;
}

/** Begins to end a container, or shortens the end that is under way. Does not wait. */
export function beginStop(context: StepContext, record: PodRecord, step: StepOf<'stop'>): void {
  const { clock, events, log, runtime } = context;
  const { id, grace, container } = step;
  const killAt = clock.now() + grace * 1000;
  const before = record.stopping.get(id);
  if (before !== undefined && killAt > before.killAt - 500) return;
  before?.abort.abort();
  const abort = new AbortController();
  record.stopping.set(id, { killAt, abort });
  if (before === undefined) {
    const message = step.why === '' ? `Stopping container ${container}` : step.why;
    events.report(record.pod, { type: 'Normal', reason: 'Killing', message, container });
  }
  const end = async (): Promise<void> => {
    const replaced = new Promise<void>((resolve) =>
      abort.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    // a hook begun with a longer grace gets no more than this one
    const late = new Promise<void>((resolve) => clock.after(grace * 1000, resolve));
    if (grace > 0) await Promise.race([preStop(context, record, { container, id, grace }), replaced, late]);
    if (abort.signal.aborted || context.signal.aborted) return;
    const left = grace <= 0 ? 0 : Math.max(leastGrace, killAt - clock.now());
    await runtime.stopContainer(id, left / 1000);
  };
  end()
    .catch((error: unknown) => {
      log.warn({ pod: record.checkpoint.name, container, error: String(error) }, 'could not stop');
      clock.after(1000, () => context.changed(record.checkpoint.uid));
    })
    .finally(() => {
      if (record.stopping.get(id)?.abort !== abort) return;
      record.stopping.delete(id);
      record.preStops.delete(id);
    });
}

function tellFailure(
  context: StepContext,
  record: PodRecord,
  failure: { container: string; reason: string; message: string; error: unknown },
): void {
  const { container, reason, message, error } = failure;
  context.events.report(record.pod, { type: 'Warning', reason, message, container });
  context.log.info({ pod: record.checkpoint.name, container, error: String(error) }, message);
}
