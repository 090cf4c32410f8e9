/** gRPC as our channel speaks it, with the server everybody uses on the other side. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Server, ServerCredentials, type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js';
import { CriError } from '../../../agent/runtime/cri/cri-error.ts';
import { Frames, frame } from '../../../agent/runtime/cri/grpc-frames.ts';
import { GrpcChannel } from '../../../agent/runtime/cri/grpc.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';

type Answer = (error: object | null, answer?: Buffer) => void;
type Unary = ServerUnaryCall<Buffer, Buffer>;

const bytes = (value: Buffer): Buffer => value;
const definition = (name: string, responseStream = false) => ({
  ...{ path: `/test.Test/${name}`, requestStream: false, responseStream },
  ...{ requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes },
});

interface Host {
  readonly path: string;
  readonly channel: GrpcChannel;
  /** Calls of `Hang` that have begun, and those that were given up. */
  readonly hanging: { begun: number; cancelled: number };
  start(): Promise<void>;
  stop(): void;
}

async function host(test: TestContext): Promise<Host> {
  const path = join(tempDir(test), 'socket');
  const hanging = { begun: 0, cancelled: 0 };
  let server: Server | undefined;
  const start = async (): Promise<void> => {
    server = new Server({ 'grpc.max_send_message_length': -1 });
    server.addService(
      {
        Echo: definition('Echo'),
        Fail: definition('Fail'),
        Hang: definition('Hang'),
        Large: definition('Large'),
        Count: definition('Count', true),
      },
      {
        Echo: (call: Unary, done: Answer) =>
          done(null, Buffer.concat([call.request, Buffer.from(String(call.metadata.get('who')[0] ?? ''))])),
        Fail: (_: Unary, done: Answer) => done({ code: status.NOT_FOUND, details: 'nichts da: ü 100%' }),
        Hang(call: Unary) {
          hanging.begun++;
          call.on('cancelled', () => hanging.cancelled++);
        },
        Large: (call: Unary, done: Answer) => done(null, Buffer.alloc(Number(call.request.toString()), 'x')),
        Count(call: ServerWritableStream<Buffer, Buffer>) {
          for (let index = 0; index < 100; index++) call.write(Buffer.from(String(index).repeat(500)));
          call.end();
        },
      },
    );
    await new Promise<void>((resolve, reject) =>
      server?.bindAsync(`unix://${path}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
  };
  const stop = (): void => {
    server?.forceShutdown();
    rmSync(path, { force: true });
  };
  await start();
  const channel = new GrpcChannel(path, systemClock);
  test.after(() => {
    channel.close();
    stop();
  });
  return { path, channel, hanging, start, stop };
}

async function ask(
  { channel }: Host,
  name: string,
  text = '',
  more: { timeout?: number; signal?: AbortSignal; metadata?: Record<string, string> } = {},
): Promise<string[]> {
  const answers: string[] = [];
  await channel.send({
    ...{ path: `/test.Test/${name}`, message: Buffer.from(text), metadata: {}, ...more },
    take: (message) => answers.push(message.toString()),
  });
  return answers;
}

const failing = (code: number, message: RegExp) => (error: unknown) =>
  error instanceof CriError && error.code === code && message.test(error.message);

describe('gRPC to a socket', () => {
  it('carries a call, its metadata and its answer, also an empty one', async (test) => {
    const server = await host(test);
    assert.deepEqual(await ask(server, 'Echo', 'hello ', { metadata: { who: 'there' } }), ['hello there']);
    assert.deepEqual(await ask(server, 'Echo'), ['']);
  });

  it('tells why a call failed', async (test) => {
    const server = await host(test);
    await assert.rejects(ask(server, 'Fail'), failing(status.NOT_FOUND, /^nichts da: ü 100%$/));
    await assert.rejects(ask(server, 'None'), failing(status.UNIMPLEMENTED, /./));
  });

  it('carries many messages, and long ones', async (test) => {
    const server = await host(test);
    const many = await ask(server, 'Count');
    assert.deepEqual([many.length, many[42]], [100, '42'.repeat(500)]);
    const [long] = await ask(server, 'Large', String(3_000_000));
    assert.equal(long?.length, 3_000_000);
    await assert.rejects(
      ask(server, 'Large', String(18 * 2 ** 20)),
      failing(status.RESOURCE_EXHAUSTED, /bytes at once/),
    );
  });

  it('gives a call up when its time is over or nobody wants it, and says so to the other side', async (test) => {
    const server = await host(test);
    await assert.rejects(ask(server, 'Hang', '', { timeout: 50 }), failing(status.DEADLINE_EXCEEDED, /./));
    const unwanted = new AbortController();
    const call = ask(server, 'Hang', '', { signal: unwanted.signal });
    await eventually('it to begin', () => server.hanging.begun === 2);
    unwanted.abort();
    await assert.rejects(call, failing(status.CANCELLED, /given up/));
    await eventually('the other side to know', () => server.hanging.cancelled === 2);
    await assert.rejects(ask(server, 'Echo', '', { signal: unwanted.signal }), failing(status.CANCELLED, /./));
  });

  it('fails while nobody listens, and works again afterwards', async (test) => {
    const server = await host(test);
    const call = ask(server, 'Hang');
    await eventually('it to begin', () => server.hanging.begun === 1);
    server.stop();
    await assert.rejects(call, failing(status.UNAVAILABLE, /cannot be reached/));
    await assert.rejects(ask(server, 'Echo'), failing(status.UNAVAILABLE, /cannot be reached/));
    await server.start();
    assert.deepEqual(await ask(server, 'Echo', 'again'), ['again']);
  });

  it('ends calls under way when it is closed', async (test) => {
    const server = await host(test);
    const call = ask(server, 'Hang');
    await eventually('it to begin', () => server.hanging.begun === 1);
    server.channel.close();
    await assert.rejects(call, failing(status.CANCELLED, /closed/));
    await assert.rejects(ask(server, 'Echo'), failing(status.CANCELLED, /closed/));
  });
});

describe('messages in a gRPC stream', () => {
  const texts = ['', 'a', 'bc'.repeat(50), ''];
  const stream = Buffer.concat(texts.map((text) => frame(Buffer.from(text))));

  it('are found however they are cut', () => {
    for (const step of [1, 2, 3, 7, stream.length]) {
      const frames = new Frames(1000);
      const found: string[] = [];
      for (let at = 0; at < stream.length; at += step)
        found.push(...frames.take(stream.subarray(at, at + step)).map(String));
      assert.deepEqual(found, texts);
    }
  });

  it('are refused when they are too long or compressed', () => {
    assert.throws(() => new Frames(10).take(stream), /bytes at once/);
    assert.throws(() => new Frames(10).take(Buffer.from([1, 0, 0, 0, 1])), /compressed/);
  });
});
