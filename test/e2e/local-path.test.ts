/** A claim on a real hub and a real node: the directory is made for the first Pod, outlives it, and goes with the claim. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { noKubectl, startHub, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';

let hub: TestHub;

before(async () => {
  hub = await startHub(['--runtime', 'process']);
});
after(() => hub?.stop());

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: diary}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
`;

/** A Pod that writes a line into the claim's volume and ends. */
const writer = (name: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
  volumes: [{name: diary, persistentVolumeClaim: {claimName: diary}}]
  containers:
    - name: main
      image: example.org/shell:1
      command: [sh, -c, 'echo ${name} >> $CORACLE_VOLUME_DIARY/lines']
      volumeMounts: [{name: diary, mountPath: /diary}]
`;

const read = (what: string, path: string): Promise<string> =>
  hub.kubectl(['get', ...what.split(' '), '-o', `jsonpath={${path}}`]);
const gone = async (what: string): Promise<boolean> => (await hub.kubectl(['get', what, '-o', 'name'])).trim() === '';

it('keeps what Pods write until the claim is deleted', { skip: noKubectl }, async () => {
  await hub.kubectl(['apply', '-f', '-'], claim);
  assert.equal(await read('pvc diary', '.spec.storageClassName'), 'local-path');
  assert.equal(await read('pvc diary', '.status.phase'), 'Pending');
  for (const name of ['monday', 'tuesday']) {
    await hub.kubectl(['apply', '-f', '-'], writer(name));
    await hub.kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${name}`, '--timeout=30s']);
  }
  const volume = await read('pvc diary', '.spec.volumeName');
  const path = await read(`pv ${volume}`, '.spec.local.path');
  assert.equal(path, join(hub.dir, 'agent', 'local-volumes', volume));
  assert.equal(readFileSync(join(path, 'lines'), 'utf8'), 'monday\ntuesday\n');

  await hub.kubectl(['delete', 'pvc', 'diary', '--wait=false']);
  assert.match(await hub.kubectl(['get', 'pvc', 'diary']), /Terminating/);
  assert.ok(existsSync(path), 'two Pods still name the claim');
  await hub.kubectl(['delete', 'pod', 'monday', 'tuesday']);
  await eventually('the claim is gone', () => gone('pvc'));
  await eventually('the volume is gone', () => gone('pv'));
  assert.equal(existsSync(path), false);
});
