/** Directories of the built-in provisioner: removed when the hub says so, and nothing else ever. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openHeld } from '../../../agent/state/held-journal.ts';
import { createReleasedVolumes } from '../../../agent/volumes/released-volumes.ts';
import { localPathFinalizer, localPathNodeAnnotation } from '../../../hub/api/local-path.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';

import { tempDir } from '../../support/temp-dir.ts';
import { volumeObject } from '../../support/volumes.ts';

function volume(
  name: string,
  path: string,
  laid: { node?: string; deleted?: boolean; policy?: string } = {},
): KubeObject {
  const { node = 'n1', deleted = true, policy = 'Delete' } = laid;
  const object = volumeObject(name, undefined, { local: { path }, persistentVolumeReclaimPolicy: policy });
  object.metadata.annotations = { [localPathNodeAnnotation]: node };
  object.metadata.finalizers = [localPathFinalizer];
  object.metadata.resourceVersion = '1';
  if (deleted) object.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  return object;
}

test('a released volume’s directory goes, and every other stays', async (t) => {
  const root = tempDir(t);
  const dir = join(root, 'local-volumes');
  const make = (path: string): string => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'file'), 'x');
    return path;
  };
  const held = await openHeld({ dir: join(root, 'state'), log: silentLog });
  t.after(() => held.close());
  const gone = ['before', 'after'].map((name) => make(join(dir, name)));
  const kept = ['used', 'retained', 'elsewhere'].map((name) => make(join(dir, name)));
  const precious = make(join(root, 'precious'));
  const released: string[] = [];
  await held.apply({ upserts: [volume('before', join(dir, 'before'))], deletions: [] });
  const local = { node: 'n1', dir };
  const part = createReleasedVolumes({
    ...{ local, held, clock: systemClock, log: silentLog },
    released: (name) => released.push(name),
  });
  await part.start?.();
  t.after(() => part.stop?.());
  await eventually('the one from before goes', () => released.includes('before'));
  await held.apply({
    upserts: [
      volume('used', join(dir, 'used'), { deleted: false }),
      volume('retained', join(dir, 'retained'), { policy: 'Retain' }),
      volume('elsewhere', join(dir, 'elsewhere'), { node: 'n2' }),
      volume('liar', join(dir, 'used')),
      volume('precious', precious),
      volume('..', `${dir}/..`),
      volume('missing', join(dir, 'missing')),
      volume('after', join(dir, 'after')),
    ],
    deletions: [],
  });
  await eventually('the others are answered', () => released.length === 6);
  assert.deepEqual(released.toSorted(), ['..', 'after', 'before', 'liar', 'missing', 'precious']);
  for (const path of gone) assert.ok(!existsSync(path), path);
  for (const path of [...kept, precious]) assert.ok(existsSync(join(path, 'file')), path);
});
