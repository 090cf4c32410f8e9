/** Streams over the tunnel: who may claim one, what travels, and what happens when somebody is late or goes away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import type { LinkIdentity } from '../../../agent/link/identity.ts';
import { join } from '../../../agent/link/join-client.ts';
import type { StreamRequest } from '../../../hub/api/link.ts';
import type { NodeStream } from '../../../hub/api/node-streams.ts';
import { eventually } from '../../support/eventually.ts';
import { type JoinHub, startJoinHub } from '../../support/join-hub.ts';

const logs: Omit<StreamRequest, 'id'> = {
  kind: 'logs',
  namespace: 'x',
  pod: 'p',
  uid: 'u',
  container: 'c',
  options: {},
};
const never = new AbortController().signal;

async function fixture(t: { after(run: () => void): void }, patience?: number) {
  const asked: { node: string; request: StreamRequest }[] = [];
  const hub = await startJoinHub(t, (node, request) => node !== 'away' && asked.push({ node, request }) > 0, patience);
  const a = await enter(hub, 'a');
  const b = await enter(hub, 'b');
  return { hub, asked, a, b };
}

async function enter(hub: JoinHub, node: string): Promise<LinkIdentity> {
  return join({ target: await hub.addNode(), node, directory: hub.device(node), clock: hub.clock });
}

/** Dials as a node, or as nobody. Answers the open socket or the HTTP code it was refused with. */
function dial(hub: JoinHub, id: string, identity?: LinkIdentity, path = '/tunnel'): Promise<WebSocket | number> {
  const client = identity === undefined ? {} : { cert: identity.certificate, key: identity.key };
  const socket = new WebSocket(`wss://127.0.0.1:${hub.join.port}${path}?id=${id}`, { ca: hub.pki.ca, ...client });
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('error', (error) => (socket.readyState === socket.CONNECTING ? reject(error) : undefined));
  });
}

async function opened(hub: JoinHub, asked: { request: StreamRequest }[], identity: LinkIdentity) {
  const open = hub.join.open('a', logs, never);
  const { request } = await eventually('the node is asked', () => asked.at(-1));
  const socket = await dial(hub, request.id, identity);
  assert.ok(socket instanceof WebSocket);
  return { stream: await open, socket, id: request.id };
}

test('frames travel both ways on their channels, and a close is told', async (t) => {
  const { hub, asked, a } = await fixture(t);
  const { stream, socket } = await opened(hub, asked, a);
  const frames: [number, string][] = [];
  const closed: (Error | undefined)[] = [];
  socket.send(Buffer.from('\x01hello'));
  stream.onFrame((channel, data) => frames.push([channel, data.toString()]));
  stream.onClose((error) => closed.push(error));
  socket.on('message', (data: Buffer) => socket.send(Buffer.concat([Buffer.from([2]), data.subarray(1)])));
  assert.ok(stream.send(0, Buffer.from('in')));
  await eventually('both frames', () => frames.length === 2);
  assert.deepEqual(frames, [
    [1, 'hello'],
    [2, 'in'],
  ]);
  socket.close(1000);
  await eventually('the close', () => closed.length === 1);
  assert.equal(closed[0], undefined);
});

test('a broken connection is told as an error', async (t) => {
  const { hub, asked, a } = await fixture(t);
  const { stream, socket } = await opened(hub, asked, a);
  let error: Error | undefined;
  stream.onFrame(() => {});
  stream.onClose((cause) => {
    error = cause;
  });
  socket.terminate();
  await eventually('the break', () => error !== undefined);
});

test('only the node that was asked may claim a stream, once, and nobody without a certificate', async (t) => {
  const { hub, asked, a, b } = await fixture(t);
  const open = hub.join.open('a', logs, never);
  const id = asked[0]?.request.id ?? '';
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(await dial(hub, id, b), 404);
  assert.equal(await dial(hub, id), 401);
  assert.equal(await dial(hub, '0'.repeat(32), a), 404);
  assert.equal(await dial(hub, id, a, '/else'), 404);
  const socket = await dial(hub, id, a);
  assert.ok(socket instanceof WebSocket);
  const stream: NodeStream = await open;
  assert.equal(await dial(hub, id, a), 404);
  stream.close();
  await eventually('the node sees the close', () => socket.readyState === socket.CLOSED);
});

test('a node that is away, late or given up on is reported as unavailable', async (t) => {
  const { hub, asked, a } = await fixture(t, 50);
  await assert.rejects(hub.join.open('away', logs, never), {
    reason: 'ServiceUnavailable',
    message: 'node "away" is not connected',
  });
  await assert.rejects(hub.join.open('a', logs, never), {
    reason: 'ServiceUnavailable',
    message: /did not open the stream in time/,
  });
  assert.equal(await dial(hub, asked.at(-1)?.request.id ?? '', a), 404);
  const abort = new AbortController();
  const open = hub.join.open('a', logs, abort.signal);
  abort.abort();
  await assert.rejects(open, { reason: 'ServiceUnavailable' });
});

test('a slow reader is waited for: nothing is lost and memory stays bounded', async (t) => {
  const { hub, asked, a } = await fixture(t);
  const { stream, socket } = await opened(hub, asked, a);
  const chunk = Buffer.alloc(256 * 1024, 7);
  let received = 0;
  socket.pause();
  socket.on('message', (data: Buffer) => {
    received += data.length - 1;
  });
  let drained = 0;
  stream.onDrain(() => {
    drained += 1;
  });
  let sent = 0;
  while (stream.send(1, chunk)) sent += 1;
  sent += 1;
  assert.ok(sent < 400, `${sent} chunks were taken without a reader`);
  socket.resume();
  await eventually('the drain', () => drained > 0);
  await eventually('every byte', () => received === sent * chunk.length);
});

test('stopping the hub ends every stream', async (t) => {
  const { hub, asked, a } = await fixture(t);
  const { stream, socket } = await opened(hub, asked, a);
  stream.onFrame(() => {});
  await hub.join.stop?.();
  await eventually('the node notices', () => socket.readyState === socket.CLOSED);
});
