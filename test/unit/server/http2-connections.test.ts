/** When a connection of HTTP/2 is idle, and that nothing of it is left when it ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Http2Connections } from '../../../hub/server/http2/http2-connections.ts';
import { eventually } from '../../support/eventually.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

async function serve(
  context: TestContext,
  answer: (end: () => void) => void,
): Promise<{ clock: ManualClock; connections: Http2Connections; session: ClientHttp2Session }> {
  const clock = manualClock();
  const handle = (_req: unknown, res: { end: (text: string) => void }): void => answer(() => res.end('done'));
  const connections = new Http2Connections({ handle: handle as never, idle: 1000, clock });
  const server = createServer((socket) => connections.take(socket as TLSSocket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => {});
  context.after(() => {
    session.destroy();
    server.close();
  });
  await once(session, 'remoteSettings');
  return { clock, connections, session };
}

test('a connection that ends leaves no timer', async (context) => {
  const { clock, connections, session } = await serve(context, (end) => end());
  assert.deepEqual([connections.size, clock.pending], [1, 1]);
  session.destroy();
  await eventually('it is forgotten', () => connections.size === 0);
  assert.equal(clock.pending, 0);
});

test('it is closed when it was idle long enough, and not while a request waits', async (context) => {
  let finish = (): void => {};
  const { clock, connections, session } = await serve(context, (end) => {
    finish = end;
  });
  const stream = session.request({ ':path': '/' });
  await eventually('the request is there', () => clock.pending === 0);
  clock.advance(5000);
  assert.equal(connections.size, 1);
  finish();
  stream.resume();
  await once(stream, 'close');
  await eventually('it is idle', () => clock.pending === 1);
  clock.advance(1000);
  await eventually('it is closed', () => connections.size === 0);
  assert.equal(clock.pending, 0);
});
