/** Exec and attach over SPDY/3.1: a stream each for stdin, stdout, stderr, errors and resizes, told apart by `streamType`. */
import type { Duplex } from 'node:stream';
import { channels } from '../../api/channels.ts';
import type { Clock } from '../../base/clock.ts';
import { SpdySession } from '../../base/spdy/session.ts';
import type { SpdyStream } from '../../base/spdy/stream.ts';
import { type EndStatus, statusText, type Terminal, type Wanted } from './terminal.ts';

/** Values of X-Stream-Protocol-Version, best first. Version 4 sends a Status, 3 can resize, those before neither. */
export const spdyProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'] as const;

/** How long a client has to open its streams, in milliseconds. API: 30 s. */
const patience = 30_000;
/** How long a client has to leave once everything is said, in milliseconds. */
const closing = 2_000;

/** Waits for the streams the client said it wants. Rejects when they do not come. */
export function spdyTerminal(options: {
  socket: Duplex;
  protocol: string;
  wanted: Wanted;
  clock: Clock;
}): Promise<Terminal> {
  const { socket, protocol, wanted, clock } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Terminal>();
  const missing = new Set(expected(wanted, protocol));
  const streams = new Map<string, SpdyStream>();
  const gone: (() => void)[] = [];
  let isOver = false;
  const cancel = clock.after(patience, () => {
    reject(new Error('the client did not open its streams in time'));
    socket.destroy();
  });
  const session = new SpdySession({
    socket,
    limit: 5,
    opened(stream) {
      const type = stream.headers.get('streamtype') ?? '';
      if (!missing.delete(type)) return false;
      streams.set(type, stream);
      if (missing.size === 0) {
        cancel();
        const onGone = (listener: () => void): void => void (isOver ? listener() : gone.push(listener));
        resolve(terminal(streams, { finish, onGone, probe: () => session.ping() }));
      }
      return true;
    },
    ended() {
      isOver = true;
      cancel();
      reject(new Error('the client left'));
      for (const listener of gone) listener();
    },
  });
  const finish = (status: EndStatus): void => {
    void sayLast(streams, protocol.startsWith('v4') ? JSON.stringify(status) : statusText(status)).then(() => {
      session.close();
      clock.after(closing, () => socket.destroy());
    });
  };
  return promise;
}

function expected(wanted: Wanted, protocol: string): string[] {
  const resizes = wanted.tty && /^v[34]/.test(protocol);
  const names = [wanted.stdin && 'stdin', wanted.stdout && 'stdout', wanted.stderr && 'stderr', resizes && 'resize'];
  return ['error', ...names.filter((name) => name !== false)];
}

/** Output first, to its end; then how it went. */
async function sayLast(streams: ReadonlyMap<string, SpdyStream>, last: string): Promise<void> {
  const ended = (name: string, text?: string): Promise<void> =>
    new Promise((resolve) => {
      const stream = streams.get(name);
      if (stream === undefined || stream.destroyed) return resolve();
      stream.once('close', resolve);
      stream.end(text, () => resolve());
    });
  await Promise.all([ended('stdout'), ended('stderr')]);
  await ended('error', last);
}

function terminal(
  streams: ReadonlyMap<string, SpdyStream>,
  session: Pick<Terminal, 'finish' | 'onGone' | 'probe'>,
): Terminal {
  const stdin = streams.get('stdin');
  const resize = streams.get('resize');
  const outputs = new Map([
    [channels.stdout as number, streams.get('stdout')],
    [channels.stderr as number, streams.get('stderr')],
  ]);
  // nobody writes to these; unread they would hold the session back
  for (const name of ['error', 'stdout', 'stderr']) streams.get(name)?.resume();
  return {
    onInput(listener) {
      stdin?.on('data', (data: Buffer) => listener(channels.stdin, data));
      stdin?.once('end', () => listener(channels.end, Buffer.from([channels.stdin])));
      resize?.on('data', (data: Buffer) => listener(channels.resize, data));
    },
    output: (channel, data) => outputs.get(channel)?.write(data) ?? true,
    onDrain(listener) {
      for (const stream of outputs.values()) stream?.on('drain', listener);
    },
    pause: () => void stdin?.pause(),
    resume: () => void stdin?.resume(),
    ...session,
  };
}
