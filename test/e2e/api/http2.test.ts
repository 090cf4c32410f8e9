/** HTTP/2 beside HTTP/1.1: the same answers, streams that end, bounds, and a hub that goes. */
import assert from 'node:assert/strict';
import { connect, type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

const configMaps = '/api/v1/namespaces/a/configmaps';

interface Got {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

function read(stream: ClientHttp2Stream): Promise<Got> {
  return new Promise((resolve, reject) => {
    let headers: Got['headers'] = {};
    const chunks: Buffer[] = [];
    stream.on('response', (some) => {
      headers = some as Got['headers'];
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => resolve({ headers, text: Buffer.concat(chunks).toString() }));
  });
}

describe('HTTP/2', () => {
  let hub: HubApi;
  const ends: (() => unknown)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  const open = (): ClientHttp2Session => {
    const { ca, cert, key } = hub.agent.options as Record<string, string>;
    const session = connect(`https://127.0.0.1:${hub.port}`, { ca, cert, key } as object);
    session.on('error', () => {});
    ends.push(() => session.destroy());
    return session;
  };
  const ask = (session: ClientHttp2Session, method: string, path: string, body?: unknown): Promise<Got> => {
    const stream = session.request({ ':method': method, ':path': path, 'content-type': 'application/json' });
    stream.end(body === undefined ? undefined : JSON.stringify(body));
    return read(stream);
  };

  before(async () => {
    hub = await startHubApi({ after: (end: () => unknown) => void ends.push(end) } as Parameters<
      typeof startHubApi
    >[0]);
  });

  test('one connection carries many requests, with the answers of HTTP/1.1', async () => {
    const session = open();
    const names = Array.from({ length: 200 }, (_, index) => `m${index}`);
    const made = await Promise.all(
      names.map((name) => ask(session, 'POST', configMaps, { metadata: { name }, data: { k: 'v'.repeat(1000) } })),
    );
    assert.ok(made.every(({ headers }) => headers[':status'] === (201 as unknown)));
    const plain = await hub.ask('GET', configMaps);
    const list = await ask(session, 'GET', configMaps);
    assert.equal(list.text, plain.text);
    assert.equal(list.headers['content-type'], 'application/json');
    const warned = await ask(session, 'POST', `${configMaps}?dryRun=All`, { metadata: { name: 'w' }, x: 1, y: 2 });
    assert.equal(warned.headers['warning'], '299 - "unknown field \\"x\\"", 299 - "unknown field \\"y\\""');
    const missing = await ask(session, 'GET', `${configMaps}/none`);
    assert.deepEqual([missing.headers[':status'], JSON.parse(missing.text).reason], [404, 'NotFound']);
    const who = await ask(session, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    assert.ok(JSON.parse(who.text).status.userInfo.groups.includes('system:masters'));
    const somebody = session.request({
      ':method': 'POST',
      ':path': '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      'impersonate-user': 'ann',
      'impersonate-group': ['a', 'system:masters'],
    });
    somebody.end('{}');
    assert.deepEqual(JSON.parse((await read(somebody)).text).status.userInfo.groups, [
      'a',
      'system:masters',
      'system:authenticated',
    ]);
  });

  test('a watch has no chunks in it, and ends with its stream', async () => {
    const session = open();
    const watch = session.request({ ':path': `${configMaps}?watch=1&labelSelector=w` });
    let text = '';
    watch.setEncoding('utf8').on('data', (some: string) => {
      text += some;
    });
    const events = (): { type: string }[] =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    const labels = { w: '' };
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ask(session, 'POST', configMaps, { metadata: { name: `w${index}`, labels }, data: { k: 'ö'.repeat(2000) } }),
      ),
    );
    await eventually('all events', () => events().length === 50);
    const watches = async (): Promise<string | undefined> =>
      /apiserver_longrunning_requests\{verb="WATCH"[^}]*\} (\d+)/.exec((await hub.ask('GET', '/metrics')).text)?.[1];
    assert.equal(await watches(), '1');
    watch.close(constants.NGHTTP2_CANCEL);
    await eventually('the watch is over', async () => (await watches()) === undefined);
  });

  test('a body that is cut short, and a request that is called off, cost nobody anything', async () => {
    const session = open();
    const cut = session.request({ ':method': 'POST', ':path': configMaps, 'content-length': '1000' });
    cut.on('error', () => {});
    cut.write('{"metadata":');
    await new Promise((resolve) => session.ping((...got: unknown[]) => resolve(got)));
    cut.close(constants.NGHTTP2_CANCEL);
    await eventually('nothing is in flight', async () =>
      /current_inflight_requests\{request_kind="mutating"\} 0/.test((await hub.ask('GET', '/metrics')).text),
    );
    assert.equal((await ask(session, 'GET', '/version')).headers[':status'], 200 as unknown);
  });

  test('streams at once, header sizes and resets are bounded', async () => {
    const session = open();
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    assert.equal(session.remoteSettings.maxConcurrentStreams, 250);
    const big = session.request({ ':path': '/version', 'x-big': 'x'.repeat(40_000) });
    const refused = await read(big).then(
      ({ headers }) => headers[':status'],
      (error: Error) => error.message,
    );
    assert.notEqual(refused, 200);
    const rapid = open();
    await new Promise((resolve) => rapid.once('connect', resolve));
    let gone = false;
    rapid.on('goaway', () => {
      gone = true;
    });
    rapid.on('close', () => {
      gone = true;
    });
    for (let round = 0; round < 60 && !gone && !rapid.destroyed; round += 1) {
      const some = Array.from({ length: 100 }, () => rapid.request({ ':path': `${configMaps}/m0` }));
      for (const one of some) one.on('error', () => {});
      await new Promise((resolve) => setImmediate(resolve));
      for (const one of some) one.close(constants.NGHTTP2_CANCEL);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the connection is ended', () => gone);
    assert.equal((await hub.ask('GET', `${configMaps}/m0`)).status, 200);
  });

  test('a hub that stops tells its clients to go and ends their watches', async () => {
    const session = open();
    let away = false;
    session.on('goaway', () => {
      away = true;
    });
    const watch = session.request({ ':path': `${configMaps}?watch=1&resourceVersion=0` });
    const done = read(watch);
    await new Promise((resolve) => watch.once('response', resolve));
    const began = performance.now();
    await hub.server.stop?.();
    await done;
    assert.ok(performance.now() - began < 1500);
    await eventually('it went', () => away || session.closed);
  });
});
