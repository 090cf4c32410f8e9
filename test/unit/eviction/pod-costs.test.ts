/** What Pods use, measured from real files. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { podCosts } from '../../../agent/eviction/pod-costs.ts';
import { shellPod } from '../../support/shell-pod.ts';
import { tempDir } from '../../support/temp-dir.ts';

it('the cost of a Pod is what its containers wrote and logged, and its volumes on the disk', async (test) => {
  const logsDir = tempDir(test);
  const pod = shellPod();
  const { uid = '', namespace = '', name = '' } = pod.metadata;
  const logs = join(logsDir, `${namespace}_${name}_${uid}`, 'main');
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, '0.log'), Buffer.alloc(8192, 1));
  const owner = { uid, namespace, name };
  const [cost, ...others] = await podCosts([pod], {
    stats: async () => [
      { id: '1', pod: owner, name: 'main', cpu: 0, memory: 5000, disk: 1000 },
      { id: '2', pod: { ...owner, uid: 'another' }, name: 'main', cpu: 0, memory: 1, disk: 1 },
    ],
    volumes: async () => [
      { name: 'cache', bytes: 300, inodes: 3, memory: false, partial: false },
      { name: 'fast', bytes: 9000, inodes: 9, memory: true, partial: false },
    ],
    logsDir,
  });
  assert.equal(others.length, 0);
  assert.deepEqual(cost?.containers.get('main'), { memory: 5000, disk: 1000 + 8192 });
  assert.deepEqual([[...(cost?.volumes ?? [])], cost?.inodes], [[['cache', 300]], 3]);
  const [bare] = await podCosts([pod], { stats: async () => [], volumes: async () => [], logsDir: undefined });
  assert.equal(bare?.containers.size, 0);
});
