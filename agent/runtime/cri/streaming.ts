/** Exec and attach over the streaming server of a CRI runtime: one stream each for input, outputs, size and the end. */
import type { Readable } from 'node:stream';
import type { SpdySession } from '../../../hub/base/spdy/session.ts';
import type { SpdyStream } from '../../../hub/base/spdy/stream.ts';
import type { LiveOptions, LiveProcess } from '../live-process.ts';
import { RuntimeError } from '../runtime.ts';
import { dialStreaming } from './streaming-session.ts';
import { parseStreamEnd } from './streaming-status.ts';
import { textOf } from './streaming-text.ts';

const protocol = 'v4.channel.k8s.io';

/**
 * Follows what the runtime answered to Exec, asked with `stdin`, `stdout`, `tty` as in `options` and `stderr` unless there is
 * a terminal. Rejects with RuntimeError when it cannot be reached; that the command cannot be started is only known later,
 * and rejects `exited`. `leave` breaks the connection off. That ends the command's input and breaks its outputs; containerd
 * does not kill it, so a command that does neither read nor write goes on, as with a kubelet.
 */
export function openExec(url: string, options: LiveOptions): Promise<LiveProcess> {
  return open(url, options, 'ExecError');
}

/** Follows what the runtime answered to Attach, asked as in `openExec`. `exited` resolves with 0 when the container has ended. */
export function openAttach(url: string, options: LiveOptions): Promise<LiveProcess> {
  return open(url, options, 'AttachError');
}

async function open(url: string, options: LiveOptions, reason: string): Promise<LiveProcess> {
  const failed = (cause: unknown): RuntimeError =>
    new RuntimeError(reason, cause instanceof Error ? cause.message : String(cause), { cause });
  const session = await dialStreaming(url, protocol).catch((error: unknown) => {
    throw failed(error);
  });
  try {
    return await carry(session, options, failed);
  } catch (error) {
    session.destroy();
    throw failed(error);
  }
}

async function carry(
  session: SpdySession,
  { stdin: withInput, tty }: LiveOptions,
  failed: (cause: unknown) => RuntimeError,
): Promise<LiveProcess> {
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
  void Promise.all([status.promise, over(stdout), over(stderr)]).then(() => session.close());
  return {
    stdin,
    stdout,
    stderr,
    resize: (columns, rows) => void size?.write(`${JSON.stringify({ Width: columns, Height: rows })}\n`),
    exited,
    leave: () => session.destroy(),
  };
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
