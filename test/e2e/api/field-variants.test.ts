/** Every field of every kind unset, null, empty or too much: refused or accepted, never a failure of the hub. The long form, over HTTP, is part of `npm run fuzz`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPki } from '../../../hub/auth/pki.ts';
import { systemClock as clock } from '../../../hub/base/clock.ts';
import { hubDefaults as settings } from '../../../hub/base/hub-settings.ts';
import { silentLog as log } from '../../../hub/base/log.ts';
import { openAccess } from '../../../hub/open-access.ts';
import { openObjects } from '../../../hub/open-objects.ts';
import { openMemoryStore } from '../../../hub/store/memory.ts';
import { KindSweep } from '../../support/fuzz/kind-sweep.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('no field of any kind brings down what reads, judges and prints it', async (t) => {
  const pki = await openPki({ dir: tempDir(t, 'coracle-fields-'), hosts: [], clock, log });
  const objects = await openObjects({ ...{ store: openMemoryStore(), settings, clock, log }, progress: () => {} });
  t.after(() => {
    pki.stop();
    objects.registry.close();
  });
  await openAccess({ objects, pki, settings, clock, log });
  const sweep = new KindSweep(objects);
  await sweep.begin();
  const seen = new Set<string>();
  const without: string[] = [];
  for (const { resources } of objects.registry.catalogue.groupVersions()) {
    for (const info of resources) {
      if (!info.verbs.includes('create') || !info.verbs.includes('get')) continue;
      if (!(await sweep.sweep(info, { depth: 4, all: false, seen }))) without.push(`${info.kind} ${info.version}`);
    }
  }
  t.diagnostic(`${sweep.tried} writes, ${sweep.accepted} objects accepted`);
  assert.deepEqual(sweep.wrong, []);
  assert.deepEqual(without, [], 'valid objects that were refused');
});
