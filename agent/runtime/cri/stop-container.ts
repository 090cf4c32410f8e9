/** Stopping containers: by the runtime, or by a signal their Pod named where the runtime knows only the image's. */
import { isNotFound, isUnimplemented } from './cri-error.ts';
import type { CriContext } from './context.ts';
import type { KnownContainer } from './observe.ts';
import { signalNumber } from './signals.ts';

/** Milliseconds a stop may take beyond its grace. */
const patience = 120_000;

/** Asks it to stop and kills it after `grace` seconds; resolves when it has ended. */
export async function stopContainer(context: CriContext, id: string, grace: number): Promise<void> {
  const { known } = context;
  const found = known.container(id);
  if (found?.observation.state !== 'running') return;
  const signalled = grace > 0 && (await signal(context, found));
  if (signalled) await endsWithin(context, found, grace);
  await stop(context, found, signalled ? 0 : Math.ceil(grace));
  await known.ended(found.criId);
}

async function stop({ connection }: CriContext, { criId }: KnownContainer, seconds: number): Promise<void> {
  const timeout = Math.max(0, seconds);
  try {
    await connection.call('StopContainer', { containerId: criId, timeout }, { timeout: timeout * 1000 + patience });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Sends the signal the Pod named, by containerd's own API. Answers whether there was one and it was sent. */
async function signal({ connection, log }: CriContext, { criId, stopSignal }: KnownContainer): Promise<boolean> {
  const number = stopSignal === undefined ? undefined : signalNumber(stopSignal);
  if (number === undefined) return false;
  try {
    await connection.call('Kill', { containerId: criId, signal: number });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    if (!isUnimplemented(error)) throw error;
    log.warn({ id: criId, signal: stopSignal }, 'this container runtime cannot send the signal a Pod names to stop it');
    return false;
  }
}

/** Resolves when it has ended, or its grace is over. */
function endsWithin({ known, clock }: CriContext, { observation }: KnownContainer, grace: number): Promise<void> {
  const isOver = (): boolean => (known.container(observation.id)?.observation.state ?? 'exited') === 'exited';
  return new Promise((resolve) => {
    const done = (): void => {
      release();
      cancel();
      resolve();
    };
    const release = known.subscribe(() => {
      if (isOver()) done();
    });
    const cancel = clock.after(grace * 1000, done);
    if (isOver()) done();
  });
}
