/** Volumes that are directories of the node: emptyDir, hostPath, claims. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  readFileSync,
  existsSync,
  chmodSync,
  chownSync,
  lstatSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { memorySize } from '../../../agent/volumes/empty-dir.ts';
import { createVolumes } from '../../../agent/volumes/disk-volumes.ts';
import { localPathNodeAnnotation } from '../../../hub/api/local-path.ts';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../../hub/api/persistent-volume.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { podWith, sourcesOf, things, type Things } from '../../support/volume-sources.ts';
import { claimObject, volumeObject } from '../../support/volumes.ts';

const asRoot = process.getuid?.() === 0;

test('emptyDir is everybody’s, keeps what is in it, and belongs to the group', async (t) => {
  const volumes = createVolumes({ dir: tempDir(t), mounts: true });
  const pod = podWith([{ name: 'v', emptyDir: {} }], { securityContext: { fsGroup: 1234 } });
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const placed = (await volumes.prepare(pod, sourcesOf(things()))).volumes.get('v');
  assert.equal(placed?.readOnly, false);
  const path = placed?.path ?? '';
  writeFileSync(join(path, 'file'), 'x');
  await volumes.prepare(pod, sourcesOf(things()));
  assert.ok(existsSync(join(path, 'file')));
  const { mode, gid } = statSync(path);
  assert.equal(mode & 0o7777, asRoot ? 0o2777 : 0o777);
  if (asRoot) assert.equal(gid, 1234);
  await volumes.remove('u');
  assert.ok(!existsSync(path));
});

test('the size of a volume in memory is the least of what limits it', () => {
  assert.equal(memorySize({}, { node: 100 }), 100);
  assert.equal(memorySize({ sizeLimit: '0' }, { node: 100, pod: 50 }), 50);
  assert.equal(memorySize({ sizeLimit: '10' }, { node: 100, pod: 50 }), 10);
  assert.equal(memorySize({ sizeLimit: '1Gi' }, { node: 100, pod: 50 }), 50);
});

test('hostPath is checked as its type says, and made where it may be', async (t) => {
  const dir = tempDir(t);
  const volumes = createVolumes({ dir: join(dir, 'pods'), mounts: true });
  const at = (name: string): string => join(dir, name);
  mkdirSync(at('dir'));
  writeFileSync(at('file'), '');
  const server = createServer().listen(at('socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  let count = 0;
  const place = (path: string, type?: string) =>
    volumes.prepare(
      podWith([{ name: 'v', hostPath: { path, ...(type === undefined ? {} : { type }) } }], {}, `u${count++}`),
      sourcesOf(things()),
    );
  const good: [string, string | undefined][] = [
    [at('dir'), 'Directory'],
    [at('file'), 'File'],
    [at('file'), ''],
    [at('socket'), 'Socket'],
    ['/dev/null', 'CharDevice'],
    [at('new/deep'), 'DirectoryOrCreate'],
    [at('new/file'), 'FileOrCreate'],
    [at('any/deep'), undefined],
  ];
  for (const [path, type] of good) assert.equal((await place(path, type)).volumes.get('v')?.path, path);
  assert.equal(statSync(at('new/deep')).mode & 0o777, 0o755 & ~process.umask());
  assert.equal(statSync(at('new/file')).mode & 0o777, 0o644 & ~process.umask());
  assert.ok(statSync(at('any/deep')).isDirectory());
  const bad: [string, string, string][] = [
    [at('file'), 'Directory', `hostPath type check failed: ${at('file')} is not a directory, it's a File`],
    [at('file'), 'DirectoryOrCreate', `hostPath type check failed: ${at('file')} is not a directory, it's a File`],
    [at('dir'), 'FileOrCreate', `hostPath type check failed: ${at('dir')} is not a file, it's a Directory`],
    [at('dir'), 'BlockDevice', `hostPath type check failed: ${at('dir')} is not a block device, it's a Directory`],
    ['/dev/null', 'Socket', "hostPath type check failed: /dev/null is not a socket file, it's a CharDevice"],
    [at('none'), 'Directory', `hostPath ${at('none')} doesn't exist`],
    [at('dir'), 'Fish', 'Fish is an invalid volume type'],
  ];
  for (const [path, type, message] of bad)
    await assert.rejects(place(path, type), { message: `MountVolume.SetUp failed for volume "v" : ${message}` });
});

function bind(there: Things, claimName: string, volume: PersistentVolume, uid = 'claim-uid'): void {
  const claim = claimObject(claimName, { volumeName: volume.metadata.name ?? '' }) as PersistentVolumeClaim;
  claim.metadata.uid = uid;
  claim.status = { phase: 'Bound' };
  volume.spec = { ...volume.spec, claimRef: { namespace: 'default', name: claimName, uid } };
  there.claims.set(claimName, claim);
  there.persistentVolumes.set(volume.metadata.name ?? '', volume);
}

test('a claim leads to the volume it is bound to, and nowhere else', async (t) => {
  const dir = tempDir(t);
  const there = things();
  const own = { node: 'n1', dir: join(dir, 'local-volumes') };
  const volumes = createVolumes({ dir: join(dir, 'pods'), mounts: true, local: own });
  const use = (claimName: string, uid: string, readOnly = false) =>
    volumes.prepare(
      podWith([{ name: 'v', persistentVolumeClaim: { claimName, readOnly } }], {}, uid),
      sourcesOf(there),
    );
  await assert.rejects(use('data', 'a'), /error processing PVC default\/data: persistentvolumeclaim "data" not found$/);
  there.claims.set('data', claimObject('data') as PersistentVolumeClaim);
  await assert.rejects(use('data', 'a'), /PVC is not bound$/);

  bind(there, 'data', volumeObject('disk', undefined, { hostPath: { path: join(dir, 'disk') } }) as PersistentVolume);
  const placed = (await use('data', 'a', true)).volumes.get('v');
  assert.deepEqual(placed, { path: join(dir, 'disk'), readOnly: true });

  const made = volumeObject('pvc-1', undefined, { local: { path: join(own.dir, 'pvc-1') } }) as PersistentVolume;
  delete made.spec?.hostPath;
  made.metadata.annotations = { [localPathNodeAnnotation]: 'n1' };
  bind(there, 'made', made);
  const path = (await use('made', 'b')).volumes.get('v')?.path ?? '';
  assert.equal(statSync(path).mode & 0o7777, 0o777);

  const missing = volumeObject('gone', undefined, { local: { path: join(dir, 'gone') } }) as PersistentVolume;
  delete missing.spec?.hostPath;
  bind(there, 'gone', missing);
  await assert.rejects(use('gone', 'c'), /: path ".*\/gone" does not exist$/);

  const single = volumeObject('one', undefined, { hostPath: { path: dir }, accessModes: ['ReadWriteOncePod'] });
  bind(there, 'one', single as PersistentVolume);
  await use('one', 'd');
  await use('one', 'd');
  await assert.rejects(use('one', 'e'), /ReadWriteOncePod access mode and is already in use by another pod$/);
  await volumes.remove('d');
  await use('one', 'e');

  there.claims.set('stolen', { ...(there.claims.get('one') as PersistentVolumeClaim), metadata: { uid: 'other' } });
  await assert.rejects(use('stolen', 'f'), /does not point to claim.UID other$/);
  const block = volumeObject('raw', undefined, {}) as PersistentVolume;
  bind(there, 'raw', block);
  Object.assign(there.claims.get('raw')?.spec ?? {}, { volumeMode: 'Block' });
  await assert.rejects(use('raw', 'g'), /volumes of mode Block are not provided by this node$/);
});

test('a generic ephemeral volume is of the claim made for this very Pod', async (t) => {
  const dir = tempDir(t);
  const there = things();
  const volumes = createVolumes({ dir: join(dir, 'pods'), mounts: true });
  bind(there, 'p-v', volumeObject('disk', undefined, { hostPath: { path: dir } }) as PersistentVolume);
  const pod = podWith([{ name: 'v', ephemeral: { volumeClaimTemplate: {} } }]);
  await assert.rejects(
    volumes.prepare(pod, sourcesOf(there)),
    /: PVC default\/p-v was not created for pod default\/p \(pod is not owner\)$/,
  );
  const claim = there.claims.get('p-v') as PersistentVolumeClaim;
  claim.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }];
  assert.equal((await volumes.prepare(pod, sourcesOf(there))).volumes.get('v')?.path, dir);
});

test('fsGroup is given a local volume with all that is in it, but nothing a link leads to', {
  skip: !asRoot,
}, async (t) => {
  const dir = tempDir(t);
  const there = things();
  const data = join(dir, 'data');
  mkdirSync(join(data, 'sub'), { recursive: true });
  writeFileSync(join(data, 'sub/file'), 'x');
  chmodSync(join(data, 'sub/file'), 0o600);
  writeFileSync(join(dir, 'outside'), 'x');
  chmodSync(join(dir, 'outside'), 0o600);
  symlinkSync(join(dir, 'outside'), join(data, 'link'));
  const volume = volumeObject('disk', undefined, { local: { path: data } }) as PersistentVolume;
  delete volume.spec?.hostPath;
  bind(there, 'c', volume);
  const volumes = createVolumes({ dir: join(dir, 'pods'), mounts: true });
  const pod = podWith([{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }], {
    securityContext: { fsGroup: 77, fsGroupChangePolicy: 'OnRootMismatch' },
  });
  await volumes.prepare(pod, sourcesOf(there));
  const seen = (name: string): [number, number] => [
    lstatSync(join(data, name)).gid,
    lstatSync(join(data, name)).mode & 0o7777,
  ];
  assert.deepEqual(seen('.'), [77, 0o2775]);
  assert.deepEqual(seen('sub'), [77, 0o2775]);
  assert.deepEqual(seen('sub/file'), [77, 0o660]);
  assert.deepEqual([statSync(join(dir, 'outside')).gid, statSync(join(dir, 'outside')).mode & 0o777], [0, 0o600]);
  // the root is as it should be: what is below is not looked at again
  chownSync(join(data, 'sub/file'), 0, 5);
  await volumes.remove('u');
  await volumes.prepare(pod, sourcesOf(there));
  assert.deepEqual(seen('sub/file')[0], 5);
  assert.equal(readFileSync(join(data, 'sub/file'), 'utf8'), 'x');
});
