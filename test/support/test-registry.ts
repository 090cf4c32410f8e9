/** A real registry over a memory store, closed with its test. */
import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { createCatalogue } from '../../hub/kinds/catalogue.ts';
import { loadSchemas } from '../../hub/kinds/load-schemas.ts';
import { openRegistry } from '../../hub/registry/open.ts';
import type { AdmissionPlugin, Registry } from '../../hub/registry/registry.ts';
import { openMemoryStore } from '../../hub/store/memory.ts';

/** Every built-in resource, no admission but what is given. */
export async function openTestRegistry(
  test: Pick<TestContext, 'after'>,
  options: { clock?: Clock; admission?: readonly AdmissionPlugin[] } = {},
): Promise<Registry> {
  const registry = await openRegistry({
    store: openMemoryStore(),
    catalogue: createCatalogue(),
    schemas: loadSchemas(),
    clock: options.clock ?? systemClock,
    log: silentLog,
    admission: options.admission ?? [],
    allocators: [],
    newUid: () => crypto.randomUUID(),
    random: Math.random,
  });
  test.after(() => registry.close());
  return registry;
}
