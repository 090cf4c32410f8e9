/** Streams of a CRI runtime, against a streaming server as runtimes have it: it resets and closes as soon as it is done. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { openAttach, openExec } from '../../../agent/runtime/cri/streaming.ts';
import { openPort } from '../../../agent/runtime/cri/streaming-port.ts';
import { parseStreamEnd } from '../../../agent/runtime/cri/streaming-status.ts';
import { RuntimeError } from '../../../agent/runtime/runtime.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { SpdySession } from '../../../hub/base/spdy/session.ts';
import type { SpdyStream } from '../../../hub/base/spdy/stream.ts';

type Streams = Record<string, SpdyStream>;

/** A server that runs `serve` when `count` streams are open, and closes when it is done. Answers its URL. */
async function aServer(test: TestContext, count: number, serve: (streams: Streams) => Promise<void>): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(404).end('404 page not found\n'));
  const sockets = new Set<Socket>();
  server.on('upgrade', (request, socket: Socket) => {
    sockets.add(socket);
    const protocol = request.headers['x-stream-protocol-version'];
    const head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`;
    socket.write(head);
    const streams: Streams = {};
    const session = new SpdySession({
      socket,
      opened(stream) {
        streams[stream.headers.get('streamtype') ?? ''] = stream;
        if (Object.keys(streams).length === count)
          setImmediate(() => {
            void serve(streams).then(() => {
              for (const each of Object.values(streams)) each.destroy();
              // what it has not read makes the kernel reset the connection
              socket.once('finish', () => socket.destroy());
              session.close();
            });
          });
        return true;
      },
      ended() {},
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/token`;
}

const exitStatus = (code: number): string =>
  JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  });
const success = JSON.stringify({ metadata: {}, status: 'Success' });
const pipes = { stdin: true, tty: false };
const silent = { stdin: false, tty: false };

async function ended(stream: SpdyStream | undefined, last: string): Promise<void> {
  await new Promise<void>((resolve) => stream?.end(last, resolve));
}

describe('a command over a streaming server', () => {
  it('gets its input to the end, and gives its outputs and its exit code', async (test) => {
    const url = await aServer(test, 4, async ({ stdin, stdout, stderr, error }) => {
      const said = await text(stdin as SpdyStream);
      await ended(stderr, 'a warning');
      await ended(stdout, said.toUpperCase());
      error?.write(exitStatus(7));
    });
    const live = await openExec(url, pipes, systemClock);
    live.stdin?.end('all of it');
    assert.ok(live.stderr);
    const answers = await Promise.all([text(live.stdout), text(live.stderr), live.exited]);
    assert.deepEqual(answers, ['ALL OF IT', 'a warning', 7]);
  });

  it('loses nothing when it is read slowly and the server has long gone', async (test) => {
    const bytes = 'x'.repeat(1_000_000);
    const url = await aServer(test, 3, async ({ stdout, error }) => {
      await ended(stdout, bytes);
      error?.write(success);
    });
    const live = await openExec(url, silent, systemClock);
    let read = 0;
    for await (const piece of live.stdout) {
      read += (piece as Buffer).length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.deepEqual([read, await live.exited], [bytes.length, 0]);
  });

  it('tells its end though much of its input was never read', async (test) => {
    const url = await aServer(test, 4, async ({ stderr, stdout, error }) => {
      await ended(stderr, '');
      await ended(stdout, 'enough');
      error?.write(exitStatus(9));
    });
    for (let round = 0; round < 20; round += 1) {
      const live = await openExec(url, pipes, systemClock);
      live.stdin?.on('error', () => {});
      live.stdin?.end(Buffer.alloc(5_000_000));
      assert.deepEqual([await text(live.stdout), await live.exited], ['enough', 9]);
    }
  });

  it('tells the terminal its size', async (test) => {
    const url = await aServer(test, 4, async ({ resize, stdout, error }) => {
      const [size] = await once(resize as SpdyStream, 'data');
      await ended(stdout, String(size));
      error?.write(success);
    });
    const live = await openExec(url, { stdin: true, tty: true }, systemClock);
    live.resize(80, 24);
    assert.equal(live.stderr, undefined);
    assert.equal(await text(live.stdout), '{"Width":80,"Height":24}\n');
  });

  it('says in the words of the runtime why it could not start', async (test) => {
    const words = 'error executing command in container: no such file';
    const url = await aServer(test, 3, async ({ error }) => {
      const message = `Internal error occurred: ${words}`;
      error?.write(JSON.stringify({ status: 'Failure', reason: 'InternalError', message }));
    });
    const live = await openExec(url, silent, systemClock);
    await assert.rejects(live.exited, (error) => error instanceof RuntimeError && error.message === words);
  });

  it('is left by breaking the connection, which the server sees', async (test) => {
    const { promise: seen, resolve } = Promise.withResolvers<void>();
    const url = await aServer(test, 4, async ({ stdin }) => {
      await text(stdin as SpdyStream).catch(() => {});
      resolve();
    });
    const live = await openAttach(url, pipes, systemClock);
    live.leave();
    await seen;
    await assert.rejects(live.exited, /the connection to the container runtime broke/);
  });

  it('cannot be had from a server that refuses, speaks TLS, or is not there', async (test) => {
    const url = await aServer(test, 4, async () => {});
    const plain = url.replace('/exec/', '/nothing/');
    const refusing = createServer((_request, response) => response.writeHead(404).end('404 page not found\n'));
    refusing.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 19\r\nConnection: close\r\n\r\n404 page not found\n');
    });
    refusing.listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    test.after(() => refusing.close());
    const other = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/exec/token`;
    await assert.rejects(openExec(other, pipes, systemClock), {
      reason: 'ExecError',
      message: /refused to stream: 404 page not found/,
    });
    await assert.rejects(openAttach(plain.replace('http:', 'https:'), pipes, systemClock), {
      reason: 'AttachError',
      message: /https/,
    });
    await assert.rejects(openExec('http://127.0.0.1:1/exec/token', pipes, systemClock), { reason: 'ExecError' });
  });
});

describe('the end of a stream', () => {
  it('is an exit code or what went wrong', () => {
    assert.deepEqual(parseStreamEnd(success), { code: 0 });
    assert.deepEqual(parseStreamEnd(exitStatus(137)), { code: 137 });
    assert.deepEqual(parseStreamEnd('container is not running'), { failure: 'container is not running' });
    assert.deepEqual(parseStreamEnd(''), { failure: 'the connection to the container runtime broke' });
    for (const odd of [
      'null',
      '3',
      '{}',
      '{"status":"Failure","details":{"causes":3}}',
      exitStatus(7).replace('"7"', '7'),
    ])
      assert.ok('failure' in parseStreamEnd(odd), odd);
  });
});

describe('a port over a streaming server', () => {
  it('is a connection with two halves', async (test) => {
    const url = await aServer(test, 2, async ({ data, error }) => {
      assert.deepEqual([data?.headers.get('port'), error?.headers.get('port')], ['8080', '8080']);
      await ended(data, (await text(data as SpdyStream)).toUpperCase());
      await ended(error, '');
    });
    const connection = await openPort(url, 8080);
    connection.end('and back '.repeat(50_000));
    assert.equal(await text(connection), 'AND BACK '.repeat(50_000));
  });

  it('breaks when nobody listens, though the runtime ends it in order first', async (test) => {
    const url = await aServer(test, 2, async ({ data, error }) => {
      await ended(data, '');
      await ended(error, 'failed to connect to localhost:8080 inside namespace\n');
    });
    const connection = await openPort(url, 8080);
    await assert.rejects(text(connection), { message: 'failed to connect to localhost:8080 inside namespace' });
  });

  it('breaks when the runtime goes', async (test) => {
    const url = await aServer(test, 2, async () => {});
    const connection = await openPort(url, 8080);
    await assert.rejects(text(connection), /the container runtime broke the connection/);
  });
});
