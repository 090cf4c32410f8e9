/** Exec and attach over the streaming server of a CRI runtime: one stream each for input, outputs, size and the end. */
import type { Readable } from 'node:stream';
import type { Clock } from '../../../hub/base/clock.ts';
import type { SpdySession } from '../../../hub/base/spdy/session.ts';
import type { SpdyStream } from '../../../hub/base/spdy/stream.ts';
import type { LiveOptions, LiveProcess } from '../live-process.ts';
import { RuntimeError } from '../runtime.ts';
import { dialStreaming } from './streaming-session.ts';
import { parseStreamEnd } from './streaming-status.ts';
import { textOf } from './streaming-text.ts';

const protocol = 'v4.channel.k8s.io';
/** Milliseconds between looks at a command whose outputs have ended, and until one that takes nothing is given up. */
const lookEvery = 1_000;
const stuckAfter = 5_000;

/**
 * Follows what the runtime answered to Exec, asked with `stdin`, `stdout`, `tty` as in `options` and `stderr` unless there is
 * a terminal. Rejects with RuntimeError when it cannot be reached; that the command cannot be started is only known later,
 * and rejects `exited`. `leave` breaks the connection off. That ends the command's input and breaks its outputs; containerd
 * does not kill it, so a command that does neither read nor write goes on, as with a kubelet.
 */
export function openExec(url: string, options: LiveOptions, clock: Clock): Promise<LiveProcess> {
  return open(url, options, { reason: 'ExecError', clock });
}

/** Follows what the runtime answered to Attach, asked as in `openExec`. `exited` resolves with 0 when the container has ended. */
export function openAttach(url: string, options: LiveOptions, clock: Clock): Promise<LiveProcess> {
  return open(url, options, { reason: 'AttachError', clock });
}

async function open(
  url: string,
  options: LiveOptions,
  { reason, clock }: { reason: string; clock: Clock },
): Promise<LiveProcess> {
  const failed = (cause: unknown): RuntimeError =>
    new RuntimeError(reason, cause instanceof Error ? cause.message : String(cause), { cause });
  const session = await dialStreaming(url, protocol).catch((error: unknown) => {
    throw failed(error);
  });
  try {
    return await carry({ session, clock, failed }, options);
  } catch (error) {
    session.destroy();
    throw failed(error);
  }
}

interface Carried {
  readonly session: SpdySession;
  readonly clock: Clock;
  readonly failed: (cause: unknown) => RuntimeError;
}

async function carry(carried: Carried, { stdin: withInput, tty }: LiveOptions): Promise<LiveProcess> {
  const { session, failed } = carried;
  const status = Promise.withResolvers<string>();
  // the runtime begins when it has all the streams it was told of, no more and no fewer; what is written after it has
  // ended is answered with a reset, which takes along what it had said: so nothing is that need not be
  const [, stdin, stdout, stderr, size] = await Promise.all([
    stream(session, 'error', (made) => status.resolve(textOf(made))),
    withInput ? stream(session, 'stdin') : undefined,
    stream(session, 'stdout'),
    tty ? undefined : stream(session, 'stderr'),
    tty ? stream(session, 'resize') : undefined,
  ]);
  for (const silent of [stdin, size]) silent?.resume();
  const exited = status.promise.then((text) => {
    const end = parseStreamEnd(text);
    if ('failure' in end) throw failed(end.failure);
    return end.code;
  });
  // when nobody asks for the code, nobody is told
  exited.catch(() => {});
  const outputs = Promise.all([over(stdout), over(stderr)]);
  void Promise.all([status.promise, outputs]).then(() => session.close());
  const ended = withInput ? Promise.race([exited, outputs.then(() => unread(carried, status.promise))]) : exited;
  ended.catch(() => {});
  return {
    stdin,
    stdout,
    stderr,
    resize: (columns, rows) => void size?.write(`${JSON.stringify({ Width: columns, Height: rows })}\n`),
    exited: ended,
    leave: () => session.destroy(),
  };
}

/**
 * Both outputs have ended. containerd does not tell the exit code of a command that left much of its input unread: it goes
 * on waiting for somebody to read that. Then it takes nothing more either, not even a ping. Rejects when that is so.
 */
async function unread({ session, clock, failed }: Carried, status: Promise<string>): Promise<never> {
  const over = status.then(() => true);
  for (;;) {
    const isOver = await Promise.race([over, clock.sleep(lookEvery).then(() => false)]);
    if (isOver) return new Promise<never>(() => {});
    const takes = await Promise.race([
      over,
      session.ping().then(() => true),
      clock.sleep(stuckAfter).then(() => false),
    ]);
    if (takes) continue;
    session.destroy();
    throw failed('the command ended without reading its input, and the container runtime does not tell how');
  }
}

function stream(session: SpdySession, streamtype: string, made?: (stream: SpdyStream) => void): Promise<SpdyStream> {
  return session.open(new Map([['streamtype', streamtype]]), made);
}

function over(stream: Readable | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (stream === undefined || stream.readableEnded || stream.destroyed) return resolve();
    stream.once('end', resolve);
    stream.once('close', resolve);
  });
}
