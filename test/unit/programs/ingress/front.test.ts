/** The ports of an ingress before real servers: what passes, how, and what it answers itself. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request, type RequestListener, type Server } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { WebSocket, WebSocketServer } from 'ws';
import type { Endpoint } from '../../../../agent/programs/ingress/backends.ts';
import { Front } from '../../../../agent/programs/ingress/front.ts';
import { systemClock } from '../../../../hub/base/clock.ts';
import { silentLog } from '../../../../hub/base/log.ts';
import { createTestAuthority } from '../../../support/certificates.ts';

const servers: Server[] = [];
let front: Front;
let ports: { http: number; https: number };
/** Endpoints by the name of a Service; what is not here does not exist. */
const services = new Map<string, Endpoint[]>();
const seen: IncomingMessage[] = [];

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
const at = (server: Server): Endpoint => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });

interface Answer {
  code: number;
  headers: IncomingMessage['headers'];
  text: string;
}

function ask(
  path: string,
  options: { body?: string | string[]; method?: string; host?: string; tls?: string } = {},
): Promise<Answer> {
  const { body, host = 'any.org', tls, method = body === undefined ? 'GET' : 'POST' } = options;
  const length = typeof body === 'string' ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' };
  const headers = { host, ...(body === undefined ? {} : length) };
  return new Promise((resolve, reject) => {
    const how = { host: '127.0.0.1', path, method, headers, agent: false as const };
    const sent =
      tls === undefined
        ? request({ ...how, port: ports.http })
        : tlsRequest({ ...how, port: ports.https, servername: tls, rejectUnauthorized: false });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('error', reject);
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    for (const part of Array.isArray(body) ? body : []) sent.write(part);
    sent.end(typeof body === 'string' ? body : undefined);
  });
}

before(async () => {
  const echo = await serve((incoming, response) => {
    seen.push(incoming);
    response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] });
    incoming.pipe(response);
  });
  const sockets = new WebSocketServer({ server: echo });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)));
  const drip = await serve((_, response) => {
    response.write('first');
    setTimeout(() => response.end(' last'), 50);
  });
  const silent = await serve(() => {});
  const broken = await serve((incoming) => incoming.socket.destroy());
  const gone = await serve(() => {});
  const nowhere = at(gone);
  await new Promise((resolve) => gone.close(resolve));
  services.set('echo', [nowhere, at(echo)]);
  services.set('drip', [at(drip)]);
  services.set('silent', [at(silent)]);
  services.set('broken', [at(broken)]);
  services.set('nowhere', [nowhere]);
  services.set('empty', []);
  const { cert, key } = await (await createTestAuthority()).server('a.org', ['a.org']);
  front = new Front({
    route: (host, path) =>
      path === '/unknown'
        ? undefined
        : {
            backend: { namespace: '', service: path.split('/')[1] ?? '', port: 80 },
            redirect: host === 'tls.org',
            maxBody: undefined,
          },
    endpoints: ({ service }) => services.get(service),
    certificate: async (name) => (name === 'a.org' ? createSecureContext({ cert, key }) : undefined),
    ...{ httpPort: 0, httpsPort: 0, address: '127.0.0.1', timeout: 200, maxBody: 100, accessLog: false },
    ...{ clock: systemClock, log: silentLog },
  });
  ports = await front.start();
});
after(async () => {
  await front?.stop(0);
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

describe('the ports of an ingress', () => {
  it('pass requests and answers on, with who asked', async () => {
    const { code, headers, text } = await ask('/echo/x?y=1', { body: 'hello' });
    assert.deepEqual([code, text, headers['set-cookie']], [200, 'hello', ['a=1', 'b=2']]);
    const last = seen.at(-1);
    assert.equal(last?.url, '/echo/x?y=1');
    assert.equal(last?.headers.host, 'any.org');
    assert.equal(last?.headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(last?.headers['x-forwarded-proto'], 'http');
  });

  it('pass on bodies of unknown length and none, of any method', async () => {
    assert.equal((await ask('/echo', { body: ['one ', 'two'], method: 'DELETE' })).text, 'one two');
    assert.equal((await ask('/echo', { method: 'POST' })).code, 200);
    assert.equal((await ask('/echo', { method: 'HEAD' })).code, 200);
  });

  it('answer by themselves where nobody else does', async () => {
    const codes: [string, number][] = [
      ['/unknown', 404],
      ['/echo/../x', 400],
      ['/none', 503],
      ['/empty', 503],
      ['/nowhere', 502],
      ['/broken', 502],
      ['/silent', 504],
    ];
    for (const [path, code] of codes) assert.equal((await ask(path)).code, code, path);
  });

  it('send to TLS who shall come with it', async () => {
    const { code, headers } = await ask('/echo?a=b', { host: 'tls.org:80' });
    assert.equal(code, 308);
    assert.match(headers.location ?? '', /^https:\/\/tls\.org(:\d+)?\/echo\?a=b$/);
    assert.equal((await ask('/echo', { host: 'tls.org', tls: 'a.org' })).code, 200);
    assert.equal(seen.at(-1)?.headers['x-forwarded-proto'], 'https');
  });

  it('have no certificate for names nobody gave one for', async () => {
    await assert.rejects(ask('/echo', { tls: 'b.org' }));
  });

  it('take no body above the limit, told or not, and answer while it flows', async () => {
    assert.equal((await ask('/echo', { body: 'x'.repeat(101) })).code, 413);
    const chunks = ['x'.repeat(60), 'x'.repeat(60)];
    const outcome = await ask('/silent', { body: chunks }).catch((error: Error) => error);
    assert.ok(outcome instanceof Error || outcome.code === 413);
    assert.equal((await ask('/drip')).text, 'first last');
  });

  it('pass WebSockets on, and refusals of them', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${ports.http}/echo`);
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('open', () => socket.send('hi'));
      socket.on('message', (data) => resolve(String(data)));
      socket.on('error', reject);
    });
    assert.equal(answer, 'echo hi');
    socket.close();
    await new Promise((resolve) => socket.on('close', resolve));
    for (const [path, code] of [
      ['none', 503],
      ['nowhere', 502],
      ['drip', 200],
    ] as const) {
      const refused = new WebSocket(`ws://127.0.0.1:${ports.http}/${path}`);
      const why = await new Promise<string>((resolve) => refused.on('error', (error) => resolve(error.message)));
      assert.match(why, new RegExp(`${code}`));
    }
  });

  it('ask again on a new connection when a kept one was closed meanwhile', async () => {
    const server = await serve((_, response) => response.end('fine'));
    services.set('closing', [at(server)]);
    for (let round = 0; round < 5; round++) {
      assert.equal((await ask('/closing')).text, 'fine');
      server.closeAllConnections();
    }
  });
});
