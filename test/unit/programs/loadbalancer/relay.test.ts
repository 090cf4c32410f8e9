/** TCP from an address of a Service to its endpoints. */
import assert from 'node:assert/strict';
import { connect, createServer, type Server } from 'node:net';
import { after, describe, it } from 'node:test';
import { Relay } from '../../../../agent/programs/loadbalancer/relay.ts';
import type { RelayedPort } from '../../../../agent/programs/loadbalancer/relayed.ts';
import type { Service } from '../../../../hub/api/service.ts';
import { parseRange } from '../../../../hub/base/ranges.ts';
import { freePort } from '../../../support/free-port.ts';

const service = { metadata: { name: 'web', namespace: 'shop' } } as Service;

/** A server that says its name when the client has said all; closed after the tests. */
async function say(name: string): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.resume().on('end', () => socket.end(name));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return (server.address() as { port: number }).port;
}

/** What is answered; '' when the connection is refused or cut. */
const ask = (port: number): Promise<string> =>
  new Promise((resolve) => {
    let said = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end('?'));
    socket.on('data', (piece: Buffer) => (said += piece.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
  });

describe('the relay', () => {
  it('carries to endpoints by turns, past those that are gone, and only from where it is allowed', async () => {
    const [one, two, gone, port] = [await say('one'), await say('two'), await freePort(), await freePort()];
    const relay = new Relay();
    after(() => relay.stop());
    const leading = (...ports: number[]): RelayedPort => ({
      ...{ address: '127.0.0.1', port, service, sources: [] },
      endpoints: ports.map((each) => ({ host: '127.0.0.1', port: each })),
    });
    assert.deepEqual(await relay.set([leading(one, two)]), []);
    assert.deepEqual([await ask(port), await ask(port)].sort(), ['one', 'two']);
    await relay.set([leading(gone, two)]);
    assert.deepEqual([await ask(port), await ask(port)], ['two', 'two']);
    await relay.set([leading()]);
    assert.equal(await ask(port), '');
    const [near, far] = [parseRange('127.0.0.0/8'), parseRange('192.0.2.0/24')];
    assert.ok(near !== undefined && far !== undefined);
    await relay.set([{ ...leading(one), sources: [far] }]);
    assert.equal(await ask(port), '');
    await relay.set([{ ...leading(one), sources: [far, near] }]);
    assert.equal(await ask(port), 'one');
    await relay.set([]);
    assert.equal(await ask(port), '');
  });

  it('tells which port it cannot have, and takes it when it can', async () => {
    const relay = new Relay();
    after(() => relay.stop());
    const target = await say('web');
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    const wanted = {
      address: '127.0.0.1',
      port,
      service,
      sources: [],
      endpoints: [{ host: '127.0.0.1', port: target }],
    };
    const [failure] = await relay.set([wanted]);
    assert.match(failure?.[1] ?? '', /cannot be opened: another program of the node listens there/);
    await new Promise((resolve) => blocker.close(resolve));
    assert.deepEqual(await relay.set([wanted]), []);
    assert.equal(await ask(port), 'web');
  });
});
