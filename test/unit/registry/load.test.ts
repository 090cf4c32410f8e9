import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { openRegistry } from '../../../hub/registry/open.ts';
import { openMemoryStore } from '../../../hub/store/memory.ts';

it('a registry that loads tells how many records it has read', async () => {
  const store = openMemoryStore();
  const records = 1_200;
  for (let revision = 1; revision <= records; revision += 1) {
    const name = `map-${revision}`;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
    const value = Buffer.from(JSON.stringify(object));
    await store.append([{ revision, key: `/configmaps/default/${name}`, previous: 0, value }]);
  }
  const told: number[] = [];
  const registry = await openRegistry({
    store,
    catalogue: createCatalogue(),
    schemas: loadSchemas(),
    clock: systemClock,
    log: silentLog,
    admission: [],
    allocators: [],
    newUid: () => crypto.randomUUID(),
    random: Math.random,
    progress: (count) => told.push(count),
  });
  registry.close();
  assert.equal(told.at(-1), records);
  assert.deepEqual(
    told,
    [...told].sort((a, b) => a - b),
  );
});
