/** Random and broken requests against the whole hub: it refuses, it stays up, it stays right. CORACLE_FUZZ=N makes a longer run. */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { openRegistry } from '../../../hub/registry/open.ts';
import { openSqliteStore } from '../../../hub/store/sqlite.ts';
import { type AnyRequest, AnyRequests } from '../../support/fuzz/any-request.ts';
import { Random } from '../../support/fuzz/random.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openWholeHub, type WholeHub } from '../../support/whole-hub.ts';

const count = Number(process.env['CORACLE_FUZZ'] ?? 3000);
const seed = Number(process.env['CORACLE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const lanes = 8;

/** What Kubernetes itself answers with a code of 500. */
const known500 = [
  /resourceVersion should not be set on objects to be created/,
  /without impersonating a user/,
  /resourceVersion: Invalid value: /,
  /unknown patch type: |does not contain declared merge key|list element types|cannot merge lists|order in patch list/,
  /no kind .* is registered for version/,
  /target\.(name|kind): /,
  /failed to create typed patch object /,
  /merging lists cannot yet be specified in the patch/,
];

interface Outcome {
  readonly status: number;
  readonly text: string;
}

/** Sends one request; a stream is left after its first bytes. Status 0: the connection was closed without an answer. */
function send(hub: WholeHub, what: AnyRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const { method, path, body } = what;
    const headers: Record<string, string | number> = { ...what.headers };
    if (body !== undefined) headers['content-length'] = body.length;
    const sent = request(
      { agent: hub.agent, host: '127.0.0.1', port: hub.ports['api'], method, path, headers },
      (res) => {
        const status = res.statusCode ?? 0;
        const parts: Buffer[] = [];
        const done = (): void => resolve({ status, text: Buffer.concat(parts).toString() });
        const leave = setTimeout(() => {
          done();
          sent.destroy();
        }, 100);
        res.on('data', (chunk: Buffer) => parts.push(chunk));
        res.on('error', done);
        res.on('close', () => {
          clearTimeout(leave);
          done();
        });
      },
    );
    sent.on('upgrade', (res, socket) => {
      socket.destroy();
      resolve({ status: res.statusCode ?? 0, text: '' });
    });
    sent.on('error', (error) => resolve({ status: 0, text: String(error) }));
    sent.setTimeout(20_000, () => {
      resolve({ status: -1, text: 'no answer within 20 s' });
      sent.destroy();
    });
    sent.end(body);
  });
}

function isWrong({ status, text }: Outcome): boolean {
  if (status === 0) return !/ECONNRESET|socket hang up|EPIPE/.test(text);
  if (status < 500 && status > 0) return false;
  if (status === 501 || status === 503 || status === 504) return false;
  if (status !== 500) return true;
  // the answer may be JSON, YAML or Protocol Buffers; one to HEAD has no body, and the log tells
  return text !== '' && !known500.some((pattern) => pattern.test(text));
}

function told(what: AnyRequest, { status, text }: Outcome): string {
  const body = what.body?.toString('latin1').slice(0, 3000) ?? '';
  return `${status} ${what.method} ${what.path.slice(0, 300)} ${JSON.stringify(what.headers)}\n  ${body}\n  ${text.slice(0, 600)}`;
}

/** Key → revision and bytes of every object, as the API lists them. */
async function everything(hub: WholeHub): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const info of createCatalogue().stored()) {
    const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
    const answer = await send(hub, { method: 'GET', path: `${root}/${info.resource}`, headers: {}, body: undefined });
    assert.equal(answer.status, 200, `${info.resource}: ${answer.text.slice(0, 300)}`);
    const list = JSON.parse(answer.text) as { items: { metadata: { namespace?: string; name: string } }[] };
    for (const item of list.items) {
      const { namespace = '', name } = item.metadata;
      all.set(`${info.group}/${info.resource}/${namespace}/${name}`, JSON.stringify(item));
    }
  }
  return all;
}

/** Compares what was listed with what the database holds; what controllers wrote in between has a new revision. */
async function compare(dir: string, before: ReadonlyMap<string, string>): Promise<number> {
  const store = await openSqliteStore({ file: join(dir, 'hub', 'state.db') });
  const schemas = loadSchemas();
  const registry = await openRegistry({
    store,
    catalogue: createCatalogue(),
    schemas,
    clock: systemClock,
    log: silentLog,
    admission: [],
    allocators: [],
    newUid: () => '',
    random: Math.random,
  });
  let same = 0;
  for (const info of registry.catalogue.stored()) {
    for (const entry of registry.entries(info)) {
      const listed = before.get(`${info.group}/${info.resource}/${entry.namespace}/${entry.name}`);
      if (listed === undefined) continue;
      const { kind: _kind, apiVersion: _version, ...stored } = entry.object();
      const {
        kind: _k,
        apiVersion: _v,
        ...shown
      } = JSON.parse(listed) as typeof stored & { kind?: string; apiVersion?: string };
      if (shown.metadata.resourceVersion !== stored.metadata.resourceVersion) continue;
      if (info.resource !== 'leases') assert.deepEqual(stored, shown, entry.name);
      same += 1;
    }
  }
  registry.close();
  await store.close();
  return same;
}

test(`${count} random requests: refused or done, never a failure of the hub (CORACLE_FUZZ_SEED=${seed})`, async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const dir = tempDir(t, 'coracle-fuzz-');
  const hub = await openWholeHub(dir);
  let stopped = false;
  t.after(async () => {
    if (!stopped) await hub.stop();
  });
  const requests = new AnyRequests({ random: new Random(seed), catalogue: createCatalogue(), schemas: loadSchemas() });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fuzz' } };
  const again: AnyRequest = {
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(namespace)),
  };
  const wrong: string[] = [];
  const statuses = new Map<number, number>();
  await send(hub, again);
  let left = count;
  let sizeAtStart = 0;
  const lane = async (): Promise<void> => {
    while (left > 0 && wrong.length < 40) {
      left -= 1;
      const what = left % 200 === 0 ? again : requests.next();
      const outcome = await send(hub, what);
      statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      if (isWrong(outcome)) wrong.push(told(what, outcome));
      if (sizeAtStart === 0 && left < count * 0.8) {
        gc();
        sizeAtStart = process.memoryUsage().heapUsed;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  t.diagnostic(`statuses: ${JSON.stringify(Object.fromEntries([...statuses].sort((a, b) => a[0] - b[0])))}`);
  assert.equal(wrong.length, 0, `\n${wrong.join('\n')}`);
  const errors = hub.log.filter((line) => line.level === 'error');
  assert.equal(errors.length, 0, JSON.stringify(errors.slice(0, 10), null, 1));
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  const before = await everything(hub);
  gc();
  const grown = (process.memoryUsage().heapUsed - sizeAtStart) / 1_048_576;
  t.diagnostic(`${before.size} objects; heap grew by ${grown.toFixed(1)} MB over the last four fifths`);
  await hub.stop();
  stopped = true;
  const same = await compare(dir, before);
  t.diagnostic(`${same} objects are the same in the database`);
  assert.ok(same > before.size / 2, `only ${same} of ${before.size} objects were found again`);
  assert.ok(grown < 100 + count / 500, `heap grew by ${grown} MB`);
});
