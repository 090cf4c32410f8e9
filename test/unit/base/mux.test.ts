/** Many connections over one stream of frames. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { type FrameCarrier, Mux, type MuxConnection } from '../../../hub/base/mux.ts';

/** Two carriers that hand frames to each other a turn later; `slow` says wait to every frame and drains by itself. */
function carriers(slow = false): [FrameCarrier, FrameCarrier] {
  const frames: ((channel: number, data: Buffer) => void)[][] = [[], []];
  const drains: (() => void)[][] = [[], []];
  const closes: (() => void)[][] = [[], []];
  const side = (own: 0 | 1): FrameCarrier => ({
    send(channel, data) {
      setImmediate(() => {
        for (const listener of frames[1 - own] ?? []) listener(channel, data);
        if (slow) for (const listener of drains[own] ?? []) listener();
      });
      return !slow;
    },
    onFrame: (listener) => void frames[own]?.push(listener),
    onDrain: (listener) => void drains[own]?.push(listener),
    onClose: (listener) => void closes[own]?.push(listener),
    close: () =>
      setImmediate(() => {
        for (const listener of closes.flat()) listener();
      }),
  });
  return [side(0), side(1)];
}

/** A pair of sides; `accepted` gets what the first one opens. */
function pair(accepted: (label: string, connection: MuxConnection) => void, slow = false): { mux: Mux; far: Mux } {
  const [near, other] = carriers(slow);
  return { mux: new Mux({ carrier: near }), far: new Mux({ carrier: other, accept: accepted, limit: 3 }) };
}

const echo = (_label: string, connection: MuxConnection): void => {
  connection.accept();
  connection.pipe(connection);
};

describe('a multiplexed connection', () => {
  for (const slow of [false, true]) {
    it(`carries more than its window both ways${slow ? ' over a slow carrier' : ''}, and ends half by half`, async () => {
      const { mux, far } = pair(echo, slow);
      const sent = [randomBytes(2_000_000), randomBytes(1_000_000)];
      const back = await Promise.all(
        sent.map((bytes) => {
          const connection = mux.open('echo');
          connection.end(bytes);
          return buffer(connection);
        }),
      );
      assert.ok(back.every((bytes, index) => bytes.equals(sent[index] ?? Buffer.alloc(0))));
      assert.deepEqual([mux.size, far.size], [0, 0]);
    });
  }

  it('that nobody reads holds back neither others nor more than its window', async () => {
    const stuck: MuxConnection[] = [];
    const { mux } = pair((label, connection) => {
      if (label === 'echo') return echo(label, connection);
      connection.accept();
      stuck.push(connection);
    });
    mux.open('stuck').write(Buffer.alloc(3_000_000));
    const live = mux.open('echo');
    live.end('still here');
    assert.equal(await text(live), 'still here');
    assert.equal(stuck[0]?.readableLength, 256 * 1024);
  });

  it('that is refused, one too many, or whose carrier breaks ends with the reason', async () => {
    const { mux, far } = pair((label, connection) => {
      if (label === 'no') connection.destroy(new Error('nobody is there'));
      else connection.accept();
    });
    const failure = (connection: MuxConnection): Promise<string> =>
      new Promise((resolve) => connection.once('error', (error: Error) => resolve(error.message)));
    assert.equal(await failure(mux.open('no')), 'nobody is there');
    const open = ['a', 'b', 'c'].map((label) => mux.open(label));
    await Promise.all(open.map((connection) => new Promise((resolve) => connection.once('connect', resolve))));
    assert.equal(await failure(mux.open('d')), 'there are 3 connections already');
    const broken = Promise.all(open.map(failure));
    far.close();
    assert.deepEqual(new Set(await broken), new Set(['the connection to the node broke']));
    assert.equal(await failure(mux.open('late')), 'the connection to the node broke');
    assert.deepEqual([mux.size, far.size], [0, 0]);
  });

  it('does not take more than it granted', async () => {
    const [near, other] = carriers();
    const accepted = new Promise<MuxConnection>((resolve) => {
      new Mux({ carrier: other, accept: (_label, connection) => resolve(connection) });
    });
    near.send(16, Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('x')]));
    near.send(17, Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.alloc(10)]));
    const connection = await accepted;
    await new Promise((resolve) => connection.once('close', resolve));
    assert.match(connection.errored?.message ?? '', /sent more than it may/);
  });
});
