/** What probes and hooks find, against servers on this machine. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { ProbeTarget } from '../../../agent/probes/probe.ts';
import { runHook } from '../../../agent/probes/run-hook.ts';
import { runProbe } from '../../../agent/probes/run-probe.ts';
import type { Container } from '../../../hub/api/container.ts';

const target = (change: Partial<ProbeTarget> = {}, container: Partial<Container> = {}): ProbeTarget => ({
  container: { name: 'main', ...container },
  address: '127.0.0.1',
  exec: async () => ({ code: 0, output: '' }),
  ...change,
});

async function listen(test: TestContext, server: Pick<Server, 'listen' | 'close' | 'address'>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const web = (test: TestContext, serve: RequestListener): Promise<number> => listen(test, createServer(serve));

describe('an httpGet probe', () => {
  it('succeeds from 200 to 399, and says who asks', async (test) => {
    const seen: IncomingMessage['headers'][] = [];
    const port = await web(test, (request, response) => {
      seen.push(request.headers);
      response.writeHead(Number(request.url?.slice(1))).end('body');
    });
    const look = (path: string) => runProbe({ httpGet: { port, path } }, target());
    assert.deepEqual(await look('/200'), { ok: true, message: '' });
    assert.deepEqual(await look('399'), { ok: true, message: '' });
    assert.deepEqual(await look('/500'), { ok: false, message: 'HTTP probe failed with statuscode: 500' });
    assert.match(seen[0]?.['user-agent'] ?? '', /^kube-probe\/1\.\d+$/);
    const httpHeaders = [
      { name: 'Host', value: 'example.org' },
      { name: 'Accept', value: '' },
      { name: 'X-Mine', value: 'yes' },
    ];
    await runProbe(
      { httpGet: { port: 'http', path: '/200', httpHeaders } },
      target({}, { ports: [{ name: 'http', containerPort: port }] }),
    );
    const { host, accept, 'x-mine': mine } = seen.at(-1) ?? {};
    assert.deepEqual([host, accept, mine], ['example.org', undefined, 'yes']);
  });

  it('follows redirects of its own host only, and not for ever', async (test) => {
    const port = await web(test, ({ url }, response) => {
      const location = url === '/away' ? 'http://elsewhere.example/' : url === '/loop' ? '/loop' : '/end';
      if (url === '/end') response.writeHead(503).end();
      else response.writeHead(302, { location }).end('moved');
    });
    const look = (path: string) => runProbe({ httpGet: { port, path } }, target());
    assert.equal((await look('/start')).message, 'HTTP probe failed with statuscode: 503');
    assert.match((await look('/loop')).message, /stopped after 10 redirects$/);
    const away = await look('/away');
    assert.deepEqual([away.ok, away.warning], [true, 'Probe terminated redirects, Response body: moved']);
  });

  it('fails when nobody answers, or nobody listens', async (test) => {
    const port = await web(test, () => {});
    const late = await runProbe({ httpGet: { port }, timeoutSeconds: 0.1 }, target());
    assert.equal(
      late.message,
      `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
    const none = await runProbe({ httpGet: { port: 1 } }, target());
    assert.equal(none.message, 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused');
    assert.equal((await runProbe({ httpGet: { port: 'none' } }, target())).message, 'couldn\'t find port: "none"');
  });
});

describe('a tcpSocket probe', () => {
  it('succeeds when the connection opens', async (test) => {
    const port = await web(test, () => {});
    assert.equal((await runProbe({ tcpSocket: { port } }, target())).ok, true);
    const none = await runProbe({ tcpSocket: { port: 1 } }, target());
    assert.equal(none.message, 'dial tcp 127.0.0.1:1: connect: connection refused');
  });
});

describe('a grpc probe', () => {
  /** Answers Check for the service it is asked about: the status by number, or a gRPC error code. */
  async function health(test: TestContext): Promise<number> {
    const server = createHttp2();
    server.on('stream', (stream) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const service = Buffer.concat(pieces).subarray(7).toString();
        const status = service === '' ? 1 : Number(service);
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () =>
          stream.sendTrailers(
            status > 3 ? { 'grpc-status': String(status), 'grpc-message': 'no%20health' } : { 'grpc-status': '0' },
          ),
        );
        stream.end(status > 3 ? undefined : Buffer.from([0, 0, 0, 0, 2, 0x08, status]));
      });
    });
    return listen(test, server as never);
  }

  it('asks a service for its health', async (test) => {
    const port = await health(test);
    const look = (service?: string) =>
      runProbe({ grpc: { port, ...(service === undefined ? {} : { service }) } }, target());
    assert.deepEqual(await look(), { ok: true, message: '' });
    assert.equal((await look('2')).message, 'service unhealthy (responded with "NOT_SERVING")');
    assert.equal(
      (await look('12')).message,
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no health',
    );
  });

  it('fails when nobody listens or answers', async (test) => {
    const none = await runProbe({ grpc: { port: 1 } }, target());
    assert.match(none.message, /^timeout: failed to connect service "127\.0\.0\.1:1" within 1s: .*connection refused$/);
    const silent = createHttp2();
    silent.on('stream', () => {});
    const port = await listen(test, silent as never);
    const late = await runProbe({ grpc: { port }, timeoutSeconds: 0.1 }, target());
    assert.match(late.message, /context deadline exceeded$/);
  });
});

describe('an exec probe', () => {
  it('fails with what the command says', async () => {
    const exec = async () => ({ code: 1, output: 'not yet' });
    assert.deepEqual(await runProbe({ exec: { command: ['x'] } }, target({ exec })), { ok: false, message: 'not yet' });
  });
});

describe('an exec probe that cannot be run', () => {
  it('says nothing about the container', async () => {
    const exec = async (): Promise<never> => Promise.reject(new Error('no such command'));
    const outcome = await runProbe({ exec: { command: ['x'] } }, target({ exec }));
    assert.deepEqual([outcome.unknown, outcome.message], [true, 'no such command']);
  });
});

describe('a hook', () => {
  const never = new AbortController().signal;

  it('over HTTP is done once it is answered, whatever the answer', async (test) => {
    const seen: (string | undefined)[] = [];
    const port = await web(test, ({ url, headers }, response) => {
      seen.push(url, headers['user-agent']);
      response.writeHead(500).end();
    });
    await runHook({ httpGet: { port, path: 'echo?msg=x' } }, target(), never);
    assert.equal(seen[0], '/echo?msg=x');
    assert.match(seen[1] ?? '', /^kube-lifecycle\/1\./);
    await assert.rejects(runHook({ httpGet: { port: 1 } }, target(), never), /connection refused/);
  });

  it('that is a command fails with its exit code, one that sleeps ends when it is to', async () => {
    const exec = async () => ({ code: 3, output: 'no' });
    await assert.rejects(runHook({ exec: { command: ['x'] } }, target({ exec }), never), /exited with 3: no/);
    await runHook({ sleep: { seconds: 1000 } }, target(), AbortSignal.timeout(5));
    await assert.rejects(runHook({ tcpSocket: { port: 1 } }, target(), never), /invalid handler/);
  });
});
