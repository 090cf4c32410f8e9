/** The held objects on disk. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { HeldChange } from '../../../agent/state/held.ts';
import { openHeld } from '../../../agent/state/held-journal.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { shellPod } from '../../support/shell-pod.ts';
import { tempDir } from '../../support/temp-dir.ts';

const uid = 'u-1';
const key = `pods/default/web/${uid}`;
const pod = (version: string, change: Partial<KubeObject> = {}): KubeObject => ({
  ...(shellPod({ metadata: { uid, resourceVersion: version } }) as unknown as KubeObject),
  ...change,
});

describe('held objects', () => {
  it('are there again after a restart, with their versions', async (test) => {
    const dir = tempDir(test);
    const held = await openHeld({ dir, log: silentLog });
    await held.apply({ upserts: [pod('7')], deletions: [] });
    await held.close();
    const again = await openHeld({ dir, log: silentLog });
    assert.deepEqual(again.versions(), { [key]: '7' });
    assert.equal([...again.all('pods')].length, 1);
    await again.apply({ upserts: [], deletions: [key] });
    assert.equal(again.get(key), undefined);
    await again.close();
  });

  it('tell listeners only what differs, and after it is kept', async (test) => {
    const held = await openHeld({ dir: tempDir(test), log: silentLog });
    const heard: HeldChange[] = [];
    held.subscribe((change) => {
      for (const object of change.upserts)
        assert.equal(held.get(key)?.metadata.resourceVersion, object.metadata.resourceVersion);
      heard.push(change);
    });
    await held.apply({ upserts: [pod('7')], deletions: ['pods/default/none/x'] });
    await held.apply({ upserts: [pod('7')], deletions: [] });
    assert.equal(heard.length, 1);
    assert.deepEqual(heard[0]?.deletions, []);
    await held.close();
  });

  it('write nothing for an echo of the status, yet show it', async (test) => {
    const dir = tempDir(test);
    const held = await openHeld({ dir, log: silentLog });
    await held.apply({ upserts: [pod('7')], deletions: [] });
    const size = statSync(join(dir, 'held.journal')).size;
    await held.apply({ upserts: [pod('8', { status: { phase: 'Running' } })], deletions: [] });
    assert.deepEqual(held.get(key)?.status, { phase: 'Running' });
    assert.deepEqual(held.versions(), { [key]: '8' });
    assert.equal(statSync(join(dir, 'held.journal')).size, size);
    await held.close();
  });

  it('leave managedFields behind and refuse kinds a node never holds', async (test) => {
    const held = await openHeld({ dir: tempDir(test), log: silentLog });
    const managed = pod('7');
    managed.metadata.managedFields = [];
    await held.apply({
      upserts: [managed, { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' } }],
      deletions: [],
    });
    assert.equal('managedFields' in (held.get(key)?.metadata ?? {}), false);
    assert.deepEqual(Object.keys(held.versions()), [key]);
    await held.close();
  });
});
