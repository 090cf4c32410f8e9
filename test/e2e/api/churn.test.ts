/** What clients rely on while others write: no lost update, exact pages, watches that add up, names that never collide. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { ApiClient } from '../../support/api-client.ts';
import { eventually } from '../../support/eventually.ts';
import { Random } from '../../support/fuzz/random.ts';
import { validFields, validName } from '../../support/fuzz/valid-objects.ts';
import { openWholeHub, type WholeHub } from '../../support/whole-hub.ts';

const seed = Number(process.env['CORACLE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const maps = (namespace: string, rest = ''): string => `/api/v1/namespaces/${namespace}/configmaps${rest}`;
const map = (name: string, more: object = {}): object => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name },
  ...more,
});
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** An object as lists and watches show it. */
interface Shown {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Record<string, string>;
  };
}

const byName = (items: readonly Shown[]): [string, string][] =>
  items.map(({ metadata }): [string, string] => [metadata.name, metadata.resourceVersion]).sort();

interface Creation {
  readonly kind: string;
  readonly path: string;
  readonly name: string;
  readonly body: object;
}

/** A valid object of each kind in v1 that has rules of its own, and where it is posted. */
function creations(namespace: string): Creation[] {
  const infos = createCatalogue()
    .groupVersions()
    .filter(({ version }) => version === 'v1')
    .flatMap(({ resources }) => resources);
  return infos.flatMap(({ group, kind, namespaced, resource }) => {
    const fields = validFields(kind);
    if (fields === undefined) return [];
    const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
    const name = validName(kind, 'dried');
    const apiVersion = group === '' ? 'v1' : `${group}/v1`;
    return [
      {
        kind,
        name,
        path: `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${resource}`,
        body: { apiVersion, kind, metadata: { name }, ...fields },
      },
    ];
  });
}

describe(`a hub that many write to at once (CORACLE_SEED=${seed})`, () => {
  const random = new Random(seed);
  const dir = mkdtempSync(join(tmpdir(), 'coracle-churn-'));
  let hub: WholeHub;
  let client: ApiClient;
  const ok = async (method: string, path: string, body?: object): Promise<ReturnType<ApiClient['call']>> => {
    const answer = await client.call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body?.message}`);
    return answer;
  };

  before(async () => {
    hub = await openWholeHub(dir);
    client = new ApiClient(dir);
    for (const name of ['count', 'churn', 'pages', 'names', 'gone', 'dry']) {
      await ok('POST', '/api/v1/namespaces', { kind: 'Namespace', apiVersion: 'v1', metadata: { name } });
    }
  });
  after(async () => {
    client?.close();
    await hub?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('loses none of 100 increments that read, change and write at the same time', async () => {
    await ok('POST', maps('count'), map('n', { data: { n: '0' } }));
    const increment = async (): Promise<void> => {
      for (;;) {
        const { body } = await ok('GET', maps('count', '/n'));
        body.data.n = String(Number(body.data.n) + 1);
        const { status } = await client.call('PUT', maps('count', '/n'), body);
        if (status === 200) return;
        assert.equal(status, 409);
      }
    };
    await Promise.all(times(100, increment));
    assert.equal((await ok('GET', maps('count', '/n'))).body.data.n, '100');
  });

  it('tells a watch with a selector exactly what a list with it says in the end, whatever changed on the way', async () => {
    const path = maps('churn', '?labelSelector=in%3Dyes');
    const from = (await ok('GET', path)).body.metadata.resourceVersion as string;
    const seen = new Map<string, string>();
    const wrong: string[] = [];
    let last = 0;
    const watch = client.watch(`${path}&watch=true&resourceVersion=${from}`, ({ type, object }) => {
      const { name = '', resourceVersion = '' } = object.metadata;
      if (Number(resourceVersion) <= last) wrong.push(`${resourceVersion} after ${last}`);
      last = Number(resourceVersion);
      if (type === 'ADDED' && seen.has(name)) wrong.push(`${name} was added twice`);
      if (type !== 'ADDED' && !seen.has(name)) wrong.push(`${name} was ${type} before it was added`);
      if (type === 'DELETED') seen.delete(name);
      else seen.set(name, resourceVersion);
    });
    const writer = async (): Promise<void> => {
      for (let step = 0; step < 60; step += 1) {
        const name = `m${random.below(20)}`;
        const labels = { in: random.pick(['yes', 'yes', 'no']) };
        const way = random.below(5);
        if (way === 0) await client.call('DELETE', maps('churn', `/${name}`));
        else if (way === 1)
          await client.call('PATCH', maps('churn', `/${name}`), { metadata: { labels: { in: null } } });
        else if (way === 2) await client.call('PATCH', maps('churn', `/${name}`), { metadata: { labels } });
        else if (way === 3)
          await client.call('PUT', maps('churn', `/${name}`), map(name, { data: { step: `${step}` } }));
        else await client.call('POST', maps('churn'), { ...map(name), metadata: { name, labels } });
      }
    };
    await Promise.all(times(8, writer));
    await ok('POST', maps('churn'), { ...map('end'), metadata: { name: 'end', labels: { in: 'yes' } } });
    await eventually('the last event', () => seen.has('end'));
    watch.close();
    const { items } = (await ok('GET', path)).body as { items: Shown[] };
    assert.deepEqual(wrong, []);
    assert.deepEqual([...seen].sort(), byName(items));
  });

  it('shows in pages what was there when the first page was, while others write', async () => {
    await Promise.all(times(120, (index) => ok('POST', maps('pages'), map(`m${index}`, { data: { a: 'x' } }))));
    const all = (await ok('GET', maps('pages'))).body;
    const expected = byName(all.items as Shown[]);
    let isDone = false;
    const writer = async (): Promise<void> => {
      while (!isDone) {
        const name = `m${random.below(200)}`;
        if (random.chance(0.4)) await client.call('DELETE', maps('pages', `/${name}`));
        else if (random.chance(0.5)) await client.call('POST', maps('pages'), map(name));
        else await client.call('PATCH', maps('pages', `/${name}`), { data: { a: `${random.next()}` } });
      }
    };
    // the first page is asked for at the revision of the list, so both are of one moment
    const pages = async (): Promise<Shown[]> => {
      const found: Shown[] = [];
      let query = `?limit=7&resourceVersionMatch=Exact&resourceVersion=${all.metadata.resourceVersion}`;
      for (;;) {
        const { body } = await ok('GET', maps('pages', query));
        found.push(...(body.items as Shown[]));
        if (!body.metadata.continue) return found;
        query = `?limit=7&continue=${encodeURIComponent(body.metadata.continue as string)}`;
      }
    };
    const writers = times(6, writer);
    try {
      for (let round = 0; round < 3; round += 1) assert.deepEqual(byName(await pages()), expected);
    } finally {
      isDone = true;
      await Promise.all(writers);
    }
  });

  it('gives 400 objects of one generateName 400 names', async () => {
    const body = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { generateName: 'g-' } };
    const made = await Promise.all(times(400, () => ok('POST', maps('names'), body)));
    assert.equal(new Set(made.map((one) => one.body.metadata.name as string)).size, 400);
  });

  it('deletes a collection while others fill it, and then all of a namespace of 2,000 objects', async () => {
    const filling = times(2000, (index) => index);
    let deleted = 0;
    const fill = async (): Promise<void> => {
      for (let index = filling.pop(); index !== undefined; index = filling.pop()) {
        await ok('POST', maps('gone'), map(`m${index}`));
        if (index % 400 === 399) deleted += (await ok('DELETE', maps('gone'))).body.items.length as number;
      }
    };
    await Promise.all(times(12, fill));
    const left = (await ok('GET', maps('gone'))).body.items as Shown[];
    const mine = left.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt').length;
    assert.ok(mine + deleted >= 2000 && mine <= 2000);
    await Promise.all(times(12, (index) => ok('POST', maps('gone'), map(`more${index}`))));
    await ok('DELETE', '/api/v1/namespaces/gone');
    const refused = await client.call('POST', maps('gone'), map('late'));
    assert.ok([403, 404].includes(refused.status), `${refused.status}`);
    await eventually(
      'the namespace is gone',
      async () => (await client.call('GET', '/api/v1/namespaces/gone')).status === 404,
    );
    assert.deepEqual((await ok('GET', maps('gone'))).body.items, []);
  });

  it('leaves nothing behind of dry runs of any kind', async () => {
    const revision = async (): Promise<string> =>
      (await ok('GET', '/api/v1/namespaces?limit=1')).body.metadata.resourceVersion;
    await eventually('controllers are at rest', async () => {
      const { body } = await ok('GET', '/metrics');
      const figures = [...String(body).matchAll(/^workqueue_(?:depth|active_workers)\{.*\} (\d+)$/gm)];
      return figures.length > 0 && figures.every(([, keys]) => keys === '0');
    });
    const quiet = await revision();
    const refused: string[] = [];
    for (const { kind, path, name, body } of creations('dry')) {
      const { status, body: answer } = await client.call('POST', `${path}?dryRun=All`, body);
      if (status !== 201) refused.push(`${kind}: ${answer.message}`);
      else assert.equal((await client.call('GET', `${path}/${name}`)).status, 404, kind);
    }
    assert.deepEqual(refused, []);
    assert.equal(await revision(), quiet);
  });
});
