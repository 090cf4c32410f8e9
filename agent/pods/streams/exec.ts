/** Serves exec and attach: a process's streams and the tunnel, as fast as each side takes them. */
import { channels, creditBytes, exitStatus } from '../../../hub/api/channels.ts';
import { ApiError } from '../../../hub/api/errors.ts';
import type { StreamRequest } from '../../../hub/api/link.ts';
import type { FramedStream } from '../../link/link.ts';
import type { LiveProcess } from '../../runtime/live-process.ts';
import { RuntimeError } from '../../runtime/runtime.ts';
import { drained } from './drained.ts';
import { liveContainer, type StreamContext } from './live-container.ts';

/** Runs the command, or attaches, and carries until one side ends. Throws ApiError when it cannot begin. */
export async function serveExec(
  context: StreamContext,
  request: StreamRequest,
  stream: FramedStream,
  signal: AbortSignal,
): Promise<void> {
  const id = await liveContainer(context, request);
  const { command = [], stdin, tty } = request.options;
  const wanted = { stdin: stdin === 'true', tty: tty === 'true' };
  let live: LiveProcess;
  try {
    live =
      request.kind === 'attach'
        ? await context.runtime.attach(id, wanted)
        : await context.runtime.run(id, { ...wanted, command: Array.isArray(command) ? command : [command] });
  } catch (error) {
    if (error instanceof RuntimeError) throw new ApiError('InternalError', error.message, { cause: error });
    throw error;
  }
  const leave = (): void => live.leave();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  stream.send(channels.started, Buffer.alloc(0));
  takeInput(live, stream);
  const ended = Promise.all([
    give(live.stdout, channels.stdout, stream, signal),
    give(live.stderr, channels.stderr, stream, signal),
  ]);
  const code = await live.exited.catch(async (error: Error) => {
    await ended;
    // as a kubelet puts it once the streams are open
    throw new ApiError('InternalError', `Internal error occurred: ${error.message}`, { cause: error });
  });
  await ended;
  stream.send(channels.error, Buffer.from(JSON.stringify(exitStatus(code))));
}

/** What the client types. The tunnel is never held back, so a broken one is always noticed: the hub waits for credit. */
function takeInput(live: LiveProcess, stream: FramedStream): void {
  const { stdin } = live;
  // a command may end without reading all of it
  stdin?.on('error', () => {});
  stream.onFrame((channel, data) => {
    if (channel === channels.stdin) {
      const taken = (): void => void stream.send(channels.credit, creditBytes(data.length));
      if (stdin === undefined || stdin.destroyed || !stdin.writable) taken();
      else stdin.write(data, taken);
    } else if (channel === channels.end) stdin?.end();
    else if (channel === channels.resize) resize(live, data);
  });
}

function resize(live: LiveProcess, data: Buffer): void {
  try {
    const { Width, Height } = JSON.parse(data.toString('utf8')) as { Width?: unknown; Height?: unknown };
    const fits = (size: unknown): size is number => Number.isInteger(size) && Number(size) > 0 && Number(size) < 65_536;
    if (fits(Width) && fits(Height)) live.resize(Width, Height);
  } catch {
    // no size: the terminal keeps the one it has
  }
}

async function give(
  output: NodeJS.ReadableStream | undefined,
  channel: number,
  stream: FramedStream,
  signal: AbortSignal,
): Promise<void> {
  if (output === undefined) return;
  try {
    for await (const piece of output) {
      if (signal.aborted) return;
      if (!stream.send(channel, piece as Buffer)) await drained(stream, signal);
    }
  } catch {
    // closed before its end: the exit code tells the rest
  }
}
