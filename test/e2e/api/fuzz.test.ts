/** Random and broken requests against the whole hub: it refuses, it stays up, it stays right. The long run is a command of its own: npm run fuzz. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { openRegistry } from '../../../hub/registry/open.ts';
import { openSealedStore } from '../../../hub/store/sealing/sealed-store.ts';
import { openSqliteStore } from '../../../hub/store/sqlite.ts';
import { run } from '../../support/fuzz/campaign.ts';
import { type Door, send } from '../../support/fuzz/send.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openWholeHub } from '../../support/whole-hub.ts';

const count = Number(process.env['CORACLE_FUZZ'] ?? 3000);
/** The same requests each time: what chance may find is for the long run, whose seed is another one each time. */
const seed = Number(process.env['CORACLE_FUZZ_SEED'] ?? 136);
/** Key → revision and bytes of every object, as the API lists them. */
async function everything(door: Door): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const info of createCatalogue().stored()) {
    const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
    const answer = await send(door, { method: 'GET', path: `${root}/${info.resource}`, headers: {}, body: undefined });
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
  const store = await openSealedStore({
    store: await openSqliteStore({ file: join(dir, 'hub', 'state.db') }),
    keyFile: join(dir, 'hub', 'encryption-keys.json'),
    prefixes: [],
  });
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
  const door = { port: hub.ports['api'] ?? 0, agent: hub.agent };
  let sizeAtStart = 0;
  const { wrong, statuses, byDesign } = await run({
    ...{ door, seed, count, catalogue: createCatalogue(), schemas: loadSchemas() },
    progress(left) {
      if (sizeAtStart !== 0 || left >= count * 0.8) return;
      gc();
      sizeAtStart = process.memoryUsage().heapUsed;
    },
  });
  t.diagnostic(`statuses: ${JSON.stringify(statuses)}; as Kubernetes has it: ${JSON.stringify(byDesign)}`);
  assert.equal(wrong.length, 0, `\n${wrong.join('\n')}`);
  const errors = hub.log.filter((line) => line.level === 'error');
  assert.equal(errors.length, 0, JSON.stringify(errors.slice(0, 10), null, 1));
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  const before = await everything(door);
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
