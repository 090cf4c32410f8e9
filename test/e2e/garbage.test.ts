/** Strangers at the hub's ports: garbage, cut and oversized requests, no certificate. Nothing of it is an error of the hub. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ApiClient } from '../support/api-client.ts';
import { tempDir } from '../support/temp-dir.ts';
import { openWholeHub } from '../support/whole-hub.ts';

/** What a port answers to bytes, until it closes the connection or `patience` milliseconds are over. */
function answerTo(port: number, bytes: string | Buffer, options: { tls: boolean; patience: number }): Promise<string> {
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port };
    const socket = options.tls ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
    let text = '';
    const patience = setTimeout(() => socket.destroy(), options.patience);
    socket.on(options.tls ? 'secureConnect' : 'connect', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(patience);
      resolve(text);
    });
  });
}

const post = (path: string, length: number, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${body}`;
const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YQ==\r\n\r\n';

test('strangers get a refusal, and the log stays quiet', async (t) => {
  const dir = tempDir(t, 'coracle-garbage-');
  const hub = await openWholeHub(dir);
  t.after(() => hub.stop());
  const { api = 0, join: joinPort = 0, mqtt = 0 } = hub.ports;
  for (const port of [api, joinPort, mqtt]) {
    const tries = Array.from({ length: 20 }, (_, index) =>
      answerTo(port, randomBytes(1 + index * 97), { tls: index % 2 === 0, patience: 300 }),
    );
    await Promise.all(tries);
  }
  const cases: [port: number, bytes: string | Buffer, answer: RegExp][] = [
    [joinPort, 'POST /join HTTP/1.1\r\nHost: a\r\n\r\n', / 400 /],
    [joinPort, post('/join', 99_999_999, 'x'.repeat(100_000)), / 413 /],
    [joinPort, post('/join', 60_000, '['.repeat(60_000)), / 400 /],
    [joinPort, post('/renew', 2, '{}'), / 401 /],
    [joinPort, 'GET //[ HTTP/1.1\r\nHost: a\r\n\r\n', / 400 /],
    [joinPort, 'GET /objects?key=secrets/a/b HTTP/1.1\r\nHost: a\r\n\r\n', / 401 /],
    [joinPort, `GET /tunnel?id=x HTTP/1.1\r\nHost: a\r\n${upgrade}`, / 401 /],
    [joinPort, post('/join', 100, '{"a'), /^$/],
    [
      api,
      'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      / 400 /,
    ],
    [api, 'POST /version HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef', / 400 /],
    [api, 'GET /version HTTP/1.1\nHost: a\n\n', / 400 /],
    [api, `GET /version HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, / 400 /],
    [api, 'GET /api/v1/pods%0d%0aX-Evil:1 HTTP/1.1\r\nHost: a\r\n\r\n', / 403 /],
    [api, `GET /api/v1/namespaces/a/pods/b/exec HTTP/1.1\r\nHost: a\r\n${upgrade}`, / 403 /],
    [mqtt, Buffer.from('101000044d5154540402003c000474657374', 'hex'), /^$/],
    [mqtt, Buffer.concat([Buffer.from('10ffffff7f', 'hex'), randomBytes(100_000)]), /^$/],
  ];
  for (const [port, bytes, answer] of cases) {
    const text = await answerTo(port, bytes, { tls: true, patience: 400 });
    assert.match(text, answer, bytes.toString('latin1').slice(0, 80));
    assert.doesNotMatch(text, /^x-evil/im);
  }
  assert.deepEqual(
    hub.log.filter((line) => line.level === 'error'),
    [],
  );
  const client = new ApiClient(dir);
  assert.equal((await client.call('GET', '/api/v1/namespaces')).status, 200);
  client.close();
});

test('nobody else on the machine can read what a hub keeps', async (t) => {
  const dir = tempDir(t, 'coracle-modes-');
  const hub = await openWholeHub(dir);
  t.after(() => hub.stop());
  const open: string[] = [];
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if ((statSync(path).mode & 0o077) !== 0) open.push(path);
  }
  assert.deepEqual(open, []);
});
