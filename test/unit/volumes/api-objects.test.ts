/** Volumes made of API objects: their files, who may read them, and how they change. */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createVolumes } from '../../../agent/volumes/disk-volumes.ts';
import { VolumeError } from '../../../agent/volumes/volumes.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { podWith, sourcesOf, things } from '../../support/volume-sources.ts';

const asRoot = process.getuid?.() === 0;
const text = (...parts: string[]): string => readFileSync(join(...parts), 'utf8');
const mode = (...parts: string[]): number => statSync(join(...parts)).mode & 0o7777;
const visible = (dir: string): string[] => readdirSync(dir).filter((name) => !name.startsWith('..'));

test('files have the modes of their volume, their item and the group', async (t) => {
  const there = things();
  there.configMaps.set('web', { index: 'hello', 'conf.d': 'x' });
  there.secrets.set('key', { pem: 'abc' });
  there.fields.set('metadata.name', 'p');
  there.fields.set('limits.cpu', '2');
  there.token = 'jwt';
  const pod = podWith(
    [
      { name: 'plain', configMap: { name: 'web' } },
      { name: 'items', configMap: { name: 'web', items: [{ key: 'index', path: 'a/b/index', mode: 0o400 }] } },
      { name: 'secret', secret: { secretName: 'key', defaultMode: 0o400 } },
      {
        name: 'all',
        projected: {
          sources: [
            { secret: { name: 'key' } },
            { configMap: { name: 'web', items: [{ key: 'index', path: 'pem' }] } },
            {
              downwardAPI: {
                items: [
                  { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
                  { path: 'cpu', resourceFieldRef: { resource: 'limits.cpu', containerName: 'c' } },
                ],
              },
            },
            { serviceAccountToken: { path: 'token' } },
          ],
        },
      },
    ],
    { securityContext: { fsGroup: 1234, runAsUser: 1001 } },
  );
  const volumes = createVolumes({ dir: tempDir(t), mounts: true });
  const { volumes: placed } = await volumes.prepare(pod, sourcesOf(there));
  const path = (name: string): string => placed.get(name)?.path ?? '';
  assert.equal(text(path('plain'), 'index'), 'hello');
  assert.equal(mode(path('plain'), 'index'), 0o644);
  assert.equal(text(path('items'), 'a/b/index'), 'hello');
  assert.deepEqual(visible(path('items')), ['a']);
  assert.equal(text(path('all'), 'pem'), 'hello', 'the later source wins');
  assert.equal(text(path('all'), 'cpu'), '2');
  assert.equal(text(path('all'), 'token'), 'jwt');
  assert.ok([...placed.values()].every(({ readOnly }) => readOnly));
  assert.equal(statSync(join(path('plain'), '../..')).mode & 0o777, 0o700);
  if (!asRoot) return;
  assert.equal(mode(path('secret'), 'pem'), 0o440);
  assert.equal(mode(path('items'), 'a/b/index'), 0o440);
  assert.equal(statSync(join(path('secret'), 'pem')).gid, 1234);
  assert.equal(mode(path('all'), 'token'), 0o640);
  assert.equal(statSync(join(path('all'), 'token')).uid, 1001);
  assert.equal(mode(path('plain')), 0o2755);
});

test('a token that nobody is known to read is read by all who see the volume', async (t) => {
  const there = things();
  there.token = 'jwt';
  const token = { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } };
  const { volumes } = await createVolumes({ dir: tempDir(t), mounts: true }).prepare(
    podWith([token]),
    sourcesOf(there),
  );
  assert.equal(mode(volumes.get('t')?.path ?? '', 'token'), 0o644);
});

test('files change together, only when something changed, and nothing of before is left', async (t) => {
  const there = things();
  there.configMaps.set('web', { a: '1', b: '1' });
  const pod = podWith([{ name: 'v', configMap: { name: 'web' } }]);
  const volumes = createVolumes({ dir: tempDir(t), mounts: true });
  const dir = (await volumes.prepare(pod, sourcesOf(there))).volumes.get('v')?.path ?? '';
  const version = readlinkSync(join(dir, '..data'));
  assert.match(version, /^\.\.\d{4}(_\d\d){5}\../);
  assert.equal(readlinkSync(join(dir, 'a')), '..data/a');
  await volumes.prepare(pod, sourcesOf(there));
  assert.equal(readlinkSync(join(dir, '..data')), version);
  there.configMaps.set('web', { b: '2', c: '2' });
  await volumes.prepare(pod, sourcesOf(there));
  assert.deepEqual([visible(dir), text(dir, 'b'), text(dir, 'c')], [['b', 'c'], '2', '2']);
  assert.equal(readdirSync(dir).filter((name) => name.startsWith('..')).length, 2);
});

test('optional sources come and go; what is not optional keeps a new Pod waiting and an old one as it was', async (t) => {
  const there = things();
  const volumes = createVolumes({ dir: tempDir(t), mounts: true });
  const optional = podWith([{ name: 'v', secret: { secretName: 's', optional: true } }]);
  const dir = (await volumes.prepare(optional, sourcesOf(there))).volumes.get('v')?.path ?? '';
  assert.deepEqual(visible(dir), []);
  there.secrets.set('s', { key: 'x' });
  await volumes.prepare(optional, sourcesOf(there));
  assert.equal(text(dir, 'key'), 'x');
  there.secrets.delete('s');
  await volumes.prepare(optional, sourcesOf(there));
  assert.deepEqual(visible(dir), []);

  const strict = podWith([{ name: 'v', secret: { secretName: 's' } }], {}, 'strict');
  await assert.rejects(volumes.prepare(strict, sourcesOf(there)), {
    message: 'MountVolume.SetUp failed for volume "v" : secret "s" not found',
  });
  there.secrets.set('s', { key: 'x' });
  const kept = (await volumes.prepare(strict, sourcesOf(there))).volumes.get('v')?.path ?? '';
  there.secrets.delete('s');
  const { stale } = await volumes.prepare(strict, sourcesOf(there));
  assert.deepEqual(stale, ['MountVolume.SetUp failed for volume "v" : secret "s" not found']);
  assert.equal(text(kept, 'key'), 'x');
});

test('what is missing or cannot be is said in a kubelet’s words', async (t) => {
  const there = things();
  there.configMaps.set('web', { a: '1' });
  const volumes = createVolumes({ dir: tempDir(t), mounts: true });
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ configMap: { name: 'none' } }, /: configmap "none" not found$/],
    [{ configMap: { name: 'web', items: [{ key: 'b', path: 'b' }] } }, /: references non-existent config key: b$/],
    [{ configMap: { name: 'web', items: [{ key: 'a', path: '../a' }] } }, /: invalid path in a volume: \.\.\/a$/],
    [
      { projected: { sources: [{ secret: { name: 'x' } }, { configMap: { name: 'y' } }] } },
      /: \[secret "x" not found, configmap "y" not found\]$/,
    ],
    [{ projected: { sources: [{ podCertificate: {} }] } }, /: projected source podCertificate is not provided/],
    [{ csi: { driver: 'd.example' } }, /driver name d\.example not found in the list of registered CSI drivers$/],
    [{ persistentVolumeClaim: { claimName: 'c' } }, /^Unable to attach .*: error processing PVC default\/c: /],
    [{ nfs: { server: 's', path: '/' } }, /cannot provide volumes of kind nfs$/],
    [{ emptyDir: { medium: 'HugePages-2Mi' } }, /emptyDir of medium HugePages-2Mi/],
  ];
  for (const [index, [source, message]] of cases.entries())
    await assert.rejects(
      volumes.prepare(podWith([{ name: 'v', ...source }], {}, `u${index}`), sourcesOf(there)),
      (error) =>
        error instanceof VolumeError &&
        message.test(error.message) &&
        /^(MountVolume.SetUp failed for volume "v" : |Unable to attach or mount volumes: unmounted volumes=.v.)/.test(
          error.message,
        ),
    );
});

test('more than a hundred projections, and fifty volumes for five Pods, take little time', async (t) => {
  const there = things();
  for (let index = 0; index < 120; index++) there.configMaps.set(`c${index}`, { [`k${index}`]: `${index}` });
  const volumes = createVolumes({ dir: tempDir(t), mounts: true });
  const sources = [...there.configMaps.keys()].map((name) => ({ configMap: { name } }));
  const many = podWith([{ name: 'v', projected: { sources } }], {}, 'many');
  const dir = (await volumes.prepare(many, sourcesOf(there))).volumes.get('v')?.path ?? '';
  assert.equal(visible(dir).length, 120);
  const fifty = Array.from({ length: 50 }, (_, index) => ({ name: `v${index}`, configMap: { name: `c${index}` } }));
  const began = performance.now();
  await Promise.all([1, 2, 3, 4, 5].map((n) => volumes.prepare(podWith(fifty, {}, `p${n}`), sourcesOf(there))));
  assert.ok(performance.now() - began < 10_000);
});

test('a version that cannot be written whole leaves the one before', async (t) => {
  const there = things();
  there.configMaps.set('web', { a: '1' });
  const pod = podWith([{ name: 'v', configMap: { name: 'web' } }]);
  const volumes = createVolumes({ dir: tempDir(t), mounts: true });
  const dir = (await volumes.prepare(pod, sourcesOf(there))).volumes.get('v')?.path ?? '';
  there.configMaps.set('web', { a: '2', ['x'.repeat(300)]: 'a name no file system takes' });
  const { stale } = await volumes.prepare(pod, sourcesOf(there));
  assert.match(stale[0] ?? '', /^MountVolume.SetUp failed for volume "v" : name too long/);
  assert.equal(text(dir, 'a'), '1');
  assert.equal(readdirSync(dir).filter((name) => name.startsWith('..')).length, 2);
  assert.ok(lstatSync(join(dir, '..data')).isSymbolicLink());
});
