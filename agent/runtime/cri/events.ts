/**
 * How the runtime's changes become known: by CRI's own events where it has them, else by containerd's, which come over the
 * same socket, else by looking again and again, slower the longer nothing changes.
 */
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { Connection } from './connection.ts';
import { CriError, isUnavailable } from './cri-error.ts';

/** What listening takes. */
export interface EventsOptions {
  readonly connection: Connection;
  /** The container or sandbox the runtime calls this has ended. Others begin only when they are told to. */
  readonly ended: (criId: string) => void;
  /** Reads everything anew; answers whether anything had changed. */
  readonly relist: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between two looks at everything: after a change, and at most. */
const look = { first: 1000, limit: 10_000 } as const;

/** Listens until the connection breaks (rejects) or `signal` aborts (resolves). */
export async function listen(options: EventsOptions, signal: AbortSignal): Promise<void> {
  for (const source of [criEvents, containerdEvents]) {
    const failure = await source(options, signal).then(
      () => new Error('the container runtime has ended its events'),
      (error: unknown) => error,
    );
    if (signal.aborted) return;
    // what a runtime answers that has no such events differs
    if (isUnavailable(failure) || !(failure instanceof CriError)) throw failure;
    options.log.debug({ error: failure.message }, 'the container runtime has no events of this kind');
  }
  await looks(options, signal);
}

async function criEvents({ connection, ended }: EventsOptions, signal: AbortSignal): Promise<void> {
  const over = new Set(['CONTAINER_STOPPED_EVENT', 'CONTAINER_DELETED_EVENT']);
  await connection.stream(
    'GetContainerEvents',
    {},
    ({ containerId, containerEventType }) => {
      if (over.has(containerEventType)) ended(containerId);
    },
    signal,
  );
}

async function containerdEvents({ connection, ended }: EventsOptions, signal: AbortSignal): Promise<void> {
  const filters = ['namespace==k8s.io,topic=="/tasks/exit"'];
  await connection.stream(
    'Subscribe',
    { filters },
    ({ event }) => {
      const subject = event?.value;
      // the end of a command run in a container is not the container's
      if (subject !== null && subject !== undefined && (subject.exec === '' || subject.exec === subject.id))
        ended(subject.id);
    },
    signal,
  );
}

async function looks({ relist, clock }: EventsOptions, signal: AbortSignal): Promise<void> {
  let delay: number = look.first;
  while (!signal.aborted) {
    await clock.sleep(delay, signal);
    if (signal.aborted) return;
    delay = (await relist()) ? look.first : Math.min(look.limit, delay * 2);
  }
}
