/** HTTP through the API server: `pods/proxy`, `services/proxy` and `nodes/proxy` to a server in a Pod. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { startHub, type TestHub } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { ready, webPod } from '../../support/stream-pods.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What the server in the Pod tells. */
interface Told {
  url: string;
  method: string;
  size: number;
  headers: Record<string, string>;
}

describe('the proxy', () => {
  let hub: TestHub;
  let port = 0;
  let access: RequestOptions;
  const pods = '/api/v1/namespaces/default/pods';
  const services = '/api/v1/namespaces/default/services';

  before(async () => {
    port = await freePort();
    hub = await startHub(['--runtime', 'process']);
    const { users } = parse(readFileSync(join(hub.dir, 'kubeconfig'), 'utf8')) as {
      users: { user: Record<string, string> }[];
    };
    const decoded = (name: string): Buffer => Buffer.from(users[0]?.user[name] ?? '', 'base64');
    const agent = new Agent({
      keepAlive: true,
      rejectUnauthorized: false,
      key: decoded('client-key-data'),
      cert: decoded('client-certificate-data'),
    });
    access = { host: '127.0.0.1', port: hub.ports['api'], agent };
    await ready(hub, webPod('web', port));
    await hub.kubectl(['expose', 'pod', 'web', '--port=80', `--target-port=${port}`]);
  });
  after(async () => {
    (access?.agent as Agent | undefined)?.destroy();
    await hub?.stop();
  });

  function ask(path: string, more: RequestOptions = {}, body?: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ ...access, ...more, path }, (answer) => {
        text(answer).then(
          (all) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: all }),
          reject,
        );
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }
  const told = async (path: string, more: RequestOptions = {}, body?: Buffer): Promise<Told> =>
    JSON.parse((await ask(path, more, body)).text) as Told;

  it('carries every method, path and query as they are, and no credentials', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const body = method === 'GET' || method === 'OPTIONS' ? undefined : Buffer.alloc(3_000_000);
      const seen = await told(
        `${pods}/web/proxy/a%20b/%2F?x=1&y=%26`,
        { method, headers: { 'x-own': 'yes', 'content-length': body?.length ?? 0 } },
        body,
      );
      assert.deepEqual([seen.url, seen.method, seen.size], ['/a%20b/%2F?x=1&y=%26', method, body?.length ?? 0]);
      assert.equal(seen.headers['x-own'], 'yes');
      assert.equal(seen.headers['x-forwarded-uri'], `${pods}/web/proxy/a%20b/%2F`);
    }
    assert.equal((await ask(`${pods}/web/proxy/`, { method: 'HEAD' })).status, 200);
    assert.equal((await ask(`${pods}/web/proxy/big`)).text.length, 5e6);
    const token = (await hub.kubectl(['create', 'token', 'default'])).trim();
    await hub.kubectl([
      'create',
      'clusterrolebinding',
      'all',
      '--clusterrole=cluster-admin',
      '--serviceaccount=default:default',
    ]);
    const bearer = { agent: new Agent({ rejectUnauthorized: false }), headers: { authorization: `Bearer ${token}` } };
    assert.equal((await told(`${pods}/web/proxy/`, bearer)).headers['authorization'], undefined);
  });

  it('finds Pods, Services and nodes by scheme, name and port', async () => {
    const node = (await hub.kubectl(['get', 'nodes', '-o', 'name'])).trim().slice('node/'.length);
    const endpoint = async (): Promise<boolean> => (await ask(`${services}/web/proxy/`)).status === 200;
    await eventually('the endpoint', endpoint);
    const names = ['web', `web:${port}`, 'web:http', `http:web:${port}`].map((name) => `${pods}/${name}`);
    const all = [
      ...names,
      `${services}/web:80`,
      `${services}/http:web:80`,
      `${services}/web`,
      `/api/v1/nodes/${node}:${port}`,
    ];
    for (const path of all) assert.equal((await told(`${path}/proxy/here`)).url, '/here', path);
  });

  it('leads paths from the root back through itself', async () => {
    const bare = await ask(`${pods}/web/proxy?x=1`);
    assert.deepEqual([bare.status, bare.headers.location], [301, `${pods}/web/proxy/?x=1`]);
    const away = await ask(`${pods}/web/proxy/away`);
    assert.deepEqual([away.status, away.headers.location], [302, `${pods}/web/proxy/there/?x=1`]);
    const page = await ask(`${services}/web/proxy/page`);
    assert.equal(page.text, `<a href="${services}/web/proxy/a">x</a><img src='rel.png'>`);
  });

  it('says why there is no answer', async () => {
    const closed = await freePort();
    const cases: [string, number, RegExp][] = [
      [`${pods}/web:${closed}/proxy/`, 503, /error trying to reach service: .*ECONNREFUSED/],
      [`${pods}/https:web:${port}/proxy/`, 503, /error trying to reach service/],
      [`${pods}/none/proxy/`, 404, /pods \\"none\\" not found/],
      [`${pods}/a:b:c:d/proxy/`, 400, /invalid pod request/],
      [`${services}/web:81/proxy/`, 503, /no service port 81 found for service/],
      [`${services}/none/proxy/`, 404, /services \\"none\\" not found/],
    ];
    for (const [path, status, message] of cases) {
      const answer = await ask(path);
      assert.equal(answer.status, status, path);
      assert.match(answer.text, message);
    }
  });

  it('lets connections become something else', async () => {
    const echoed = await new Promise<string>((resolve, reject) => {
      const sent = request({
        ...access,
        path: `${pods}/web/proxy/socket`,
        headers: { connection: 'Upgrade', upgrade: 'echo' },
      });
      sent.once('error', reject);
      sent.once('upgrade', (_answer, socket) => {
        socket.once('data', (data: Buffer) => {
          socket.destroy();
          resolve(data.toString());
        });
        socket.write('come back');
      });
      sent.end();
    });
    assert.equal(echoed, 'come back');
  });
});
