/** Volumes on disk: who may enter a Pod's directory. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createVolumes } from '../../../agent/volumes/disk-volumes.ts';
import type { VolumeSources } from '../../../agent/volumes/volumes.ts';
import type { Secret } from '../../../hub/api/config.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { podObject, secretObject } from '../../support/objects.ts';
import { tempDir } from '../../support/temp-dir.ts';

const sources: VolumeSources = {
  configMap: () => undefined,
  secret: (name) => secretObject(name, { password: 'aGVsbG8=' }) as unknown as Secret,
  field: () => undefined,
  resource: () => undefined,
  token: async () => undefined,
  claim: () => undefined,
  persistentVolume: () => undefined,
  image: async () => {},
  hostProcesses: false,
  memory: { node: 2 ** 30 },
};

/** A Pod with a Secret volume whose containers run as these users; undefined: nothing is said. */
function podOf(...users: (number | undefined)[]): Pod {
  const containers = users.map((user, index) => ({
    name: `c${index}`,
    image: 'none',
    ...(user === undefined ? {} : { securityContext: { runAsUser: user } }),
  }));
  const pod = podObject('p', { containers, volumes: [{ name: 'v', secret: { secretName: 's' } }] }) as unknown as Pod;
  pod.metadata.uid = 'u';
  return pod;
}

test('the directory of a Pod lets in only whom the Pod runs as', async (t) => {
  const dir = join(tempDir(t), 'pods');
  const volumes = createVolumes({ dir, mounts: false });
  const asRoot = process.getuid?.() === 0;
  const cases: [pod: Pod, mode: number, owner: number][] = [
    [podOf(undefined), 0o700, 0],
    [podOf(1001, 1001), 0o700, 1001],
    [podOf(1001, undefined), 0o711, 1001],
    [podOf(undefined), 0o700, 0],
  ];
  for (const [pod, mode, owner] of cases) {
    const { volumes: placed } = await volumes.prepare(pod, sources);
    assert.equal(readFileSync(join(placed.get('v')?.path ?? '', 'password'), 'utf8'), 'hello');
    const { mode: actual, uid } = statSync(join(dir, 'u'));
    assert.equal(actual & 0o777, mode);
    if (asRoot) assert.equal(uid, owner);
  }
});
