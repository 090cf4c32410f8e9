/** SPDY/3.1 as the clients of the API speak it: frames cut anywhere, header blocks, streams and their ends. */
import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { constants, createDeflate, type Deflate, inflateSync } from 'node:zlib';
import { spdyDictionary } from '../../../hub/base/spdy/dictionary.ts';
import {
  dataHead,
  type Frame,
  FrameReader,
  pingFrame,
  resetFrame,
  SpdyError,
  synFrame,
  windowFrame,
} from '../../../hub/base/spdy/frames.ts';
import { headerBytes, HeaderReader, HeaderWriter } from '../../../hub/base/spdy/header-block.ts';
import { SpdySession } from '../../../hub/base/spdy/session.ts';
import type { SpdyStream } from '../../../hub/base/spdy/stream.ts';
import { eventually } from '../../support/eventually.ts';

/** Deflates header blocks as a client does: one stream, flushed behind each block. */
class Deflater {
  readonly #deflate: Deflate = createDeflate({ dictionary: spdyDictionary() });

  block(headers: Record<string, string>): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const take = (piece: Buffer): void => void pieces.push(piece);
    this.#deflate.on('data', take);
    this.#deflate.write(headerBytes(new Map(Object.entries(headers))));
    return new Promise((resolve) => {
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
        this.#deflate.off('data', take);
        resolve(Buffer.concat(pieces));
      });
    });
  }
}

const data = (stream: number, text: string, fin = false): Buffer =>
  Buffer.concat([dataHead(stream, Buffer.byteLength(text), fin), Buffer.from(text)]);

/** Frames with neighbouring pieces of data joined: how bytes were cut does not show. */
function joined(frames: readonly Frame[]): unknown[] {
  const seen: unknown[] = [];
  for (const frame of frames) {
    const last = seen.at(-1) as { type: string; stream: number; fin: boolean; data: string } | undefined;
    if (frame.type !== 'data') seen.push('block' in frame ? { ...frame, block: frame.block.toString('hex') } : frame);
    else if (last?.type === 'data' && last.stream === frame.stream && !last.fin) {
      last.data += frame.data.toString();
      last.fin = frame.fin;
    } else seen.push({ ...frame, data: frame.data.toString() });
  }
  return seen;
}

describe('frames', () => {
  it('are the same however the bytes are cut', () => {
    const bytes = Buffer.concat([
      synFrame(1, Buffer.from('block')),
      data(1, 'hello'),
      data(1, '', true),
      pingFrame(7),
      windowFrame(1, 100),
      data(3, 'other', true),
      resetFrame(1, 5),
    ]);
    const whole = joined(new FrameReader().push(bytes));
    assert.equal(whole.length, 6);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const reader = new FrameReader();
      const frames = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
      assert.deepEqual(joined(frames), whole, `cut at ${cut}`);
    }
    const reader = new FrameReader();
    const single = [...bytes].flatMap((byte) => reader.push(Buffer.from([byte])));
    assert.deepEqual(joined(single), whole);
  });

  it('of another version, or that are too long or too short, are refused', () => {
    assert.throws(() => new FrameReader().push(Buffer.from('8002000100000000', 'hex')), SpdyError);
    assert.throws(() => new FrameReader().push(Buffer.from('8003000100ffffff', 'hex')), SpdyError);
    assert.throws(() => new FrameReader().push(Buffer.from('800300010000000200ff', 'hex')), SpdyError);
    assert.throws(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1\r\n\r\n').fill(0xff, 0, 2)), SpdyError);
  });
});

describe('header blocks', () => {
  it('use the dictionary every peer has', () => {
    // SPDY: zlib names a dictionary by its Adler-32, and this one is 0xe3c6a7c2
    assert.equal(spdyDictionary().length, 1423);
    const first = Buffer.from('78bbe3c6a7c2', 'hex');
    return new Deflater().block({ a: 'b' }).then((block) => {
      assert.deepEqual(block.subarray(2, 6), first.subarray(2));
    });
  });

  it('are one deflated stream over all frames', async () => {
    const writer = new Deflater();
    const reader = new HeaderReader();
    for (const streamType of ['error', 'stdin', 'stdout', 'error']) {
      const headers = await reader.read(await writer.block({ streamtype: streamType, port: '8080' }));
      assert.deepEqual(
        [...headers],
        [
          ['streamtype', streamType],
          ['port', '8080'],
        ],
      );
    }
    reader.close();
  });

  it('that swell, lie or are no zlib are refused', async () => {
    const swollen = await new Deflater().block({ long: 'x'.repeat(10_000_000) });
    await assert.rejects(new HeaderReader().read(swollen), SpdyError);
    await assert.rejects(new HeaderReader().read(Buffer.from('no zlib at all')), SpdyError);
    const deflate = createDeflate({ dictionary: spdyDictionary() });
    const lie = new Promise<Buffer>((resolve) => deflate.once('data', resolve));
    deflate.write(Buffer.from('0000000100000fff61', 'hex'));
    deflate.flush(constants.Z_SYNC_FLUSH);
    await assert.rejects(new HeaderReader().read(await lie), SpdyError);
  });

  it('as they are written can be read by any inflater', async () => {
    const blocks = new HeaderWriter();
    const empty = Buffer.concat([blocks.write(), blocks.write(), blocks.write()]);
    assert.deepEqual(inflateSync(empty, { finishFlush: constants.Z_SYNC_FLUSH }), Buffer.alloc(12));
    const [writer, reader] = [new HeaderWriter(), new HeaderReader()];
    for (const value of ['stdin', 'x'.repeat(30_000), '']) {
      const headers = new Map([['streamtype', value]]);
      assert.deepEqual(await reader.read(writer.write(headers)), headers);
    }
    reader.close();
  });
});

/** A session with a client that writes frames by hand. */
function aSession(test: TestContext): { client: Duplex; streams: SpdyStream[]; ended: Promise<void>; frames: Frame[] } {
  const [client, socket] = duplexPair();
  const streams: SpdyStream[] = [];
  const frames: Frame[] = [];
  const reader = new FrameReader();
  client.on('data', (chunk: Buffer) => frames.push(...reader.push(chunk)));
  const ended = new Promise<void>((resolve) => {
    new SpdySession({ socket, opened: (stream) => streams.push(stream) < 4, ended: resolve });
  });
  test.after(() => client.destroy());
  return { client, streams, ended, frames };
}

describe('a session', () => {
  it('answers streams and pings, carries data both ways and ends halves by themselves', async (test) => {
    const { client, streams, frames } = aSession(test);
    const writer = new Deflater();
    client.write(synFrame(1, await writer.block({ streamType: 'stdin' })));
    client.write(pingFrame(9));
    client.write(data(1, 'to the '));
    client.write(data(1, 'server', true));
    const stream = await eventually('the stream', () => streams[0]);
    assert.equal(stream.headers.get('streamtype'), 'stdin');
    assert.equal(await text(stream), 'to the server');
    stream.end('and back');
    const last = await eventually('the end', () => frames.find((frame) => frame.type === 'data' && frame.fin));
    assert.ok(last);
    const kinds = joined(frames).map((frame) => (frame as { type: string }).type);
    assert.deepEqual(kinds, ['reply', 'ping', 'data']);
  });

  it('holds the client back while nobody reads, and tells it what was read', async (test) => {
    const { client, streams, frames } = aSession(test);
    client.write(synFrame(1, await new Deflater().block({})));
    const stream = await eventually('the stream', () => streams[0]);
    const piece = data(1, 'x'.repeat(64 * 1024));
    let sent = 0;
    while (client.write(piece) && sent < 1000) sent += 1;
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    assert.ok(stream.readableLength < 512 * 1024, `${stream.readableLength} bytes wait`);
    const all = text(stream);
    client.write(data(1, '', true));
    assert.equal((await all).length, (sent + 1) * 64 * 1024);
    assert.ok(
      frames.some((frame) => frame.type === 'ignored'),
      'a window grew',
    );
  });

  it('refuses what nobody wants and what is no SPDY, and leaves nothing open', async (test) => {
    const { client, streams, ended, frames } = aSession(test);
    const writer = new Deflater();
    for (const id of [1, 3, 5, 7, 9]) client.write(synFrame(id, await writer.block({ n: String(id) })));
    await eventually('the refusal', () => frames.find((frame) => frame.type === 'reset' && frame.stream === 9));
    const [first] = streams;
    assert.ok(first);
    const closed = new Promise((resolve) => first.once('close', resolve));
    client.write(synFrame(3, await writer.block({})));
    await Promise.all([ended, closed]);
    assert.ok(streams.every((stream) => stream.destroyed));
  });
});

describe('a client session', () => {
  /** A client and a server that takes streams of type `echo` only, and gives back what they say. */
  function aPair(test: TestContext): { client: SpdySession; ended: Promise<void>; server: SpdySession } {
    const [near, far] = duplexPair();
    const server = new SpdySession({
      socket: far,
      opened(stream) {
        if (stream.headers.get('streamtype') !== 'echo') return false;
        stream.pipe(stream);
        return true;
      },
      ended() {},
    });
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const client = new SpdySession({ socket: near, ended: resolve });
    test.after(() => near.destroy());
    return { client, server, ended };
  }

  it('opens streams that carry both ways, and learns of those refused', async (test) => {
    const { client } = aPair(test);
    const open = (type: string): Promise<SpdyStream> => client.open(new Map([['streamtype', type]]));
    const [one, refused, two] = await Promise.allSettled([open('echo'), open('other'), open('echo')]);
    assert.ok(one.status === 'fulfilled' && two.status === 'fulfilled' && refused.status === 'rejected');
    assert.ok(refused.reason instanceof SpdyError);
    one.value.end('one '.repeat(100_000));
    two.value.end('two');
    await client.ping();
    assert.deepEqual(await Promise.all([text(one.value), text(two.value)]), ['one '.repeat(100_000), 'two']);
  });

  it('ends its streams, and those it waits for, when the server is gone', async (test) => {
    const { client, server, ended } = aPair(test);
    const stream = await client.open(new Map([['streamtype', 'echo']]));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    server.close();
    await Promise.all([ended, closed]);
    await assert.rejects(client.open(new Map()), SpdyError);
  });

  it('leaves to be read what the server ended before it went', async (test) => {
    const [near, far] = duplexPair();
    test.after(() => near.destroy());
    const server = new SpdySession({
      socket: far,
      opened(stream) {
        stream.end('x'.repeat(200_000), () => server.close());
        return true;
      },
      ended() {},
    });
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const client = new SpdySession({ socket: near, ended: resolve });
    const stream = await client.open(new Map());
    await ended;
    assert.equal((await text(stream)).length, 200_000);
    assert.ok(stream.destroyed);
  });

  it('hands a stream over before anything can come on it', async (test) => {
    const { client } = aPair(test);
    let early: SpdyStream | undefined;
    const opening = client.open(new Map([['streamtype', 'echo']]), (made) => {
      early = made;
    });
    assert.ok(early);
    assert.equal(await opening, early);
  });
});
