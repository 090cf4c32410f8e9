/** Volumes with real mounts: memory, parts of volumes, and what removing a Pod must never touch. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createVolumes } from '../../../agent/volumes/disk-volumes.ts';
import { parseMountTable } from '../../../agent/volumes/mount-table.ts';
import { removeTree } from '../../../agent/volumes/remove-tree.ts';
import { pinSubPath } from '../../../agent/volumes/sub-path.ts';
import { type SubPathRequest, VolumeError, type Volumes } from '../../../agent/volumes/volumes.ts';
import { bind, mountDir, mountsBelow } from '../../support/mounts.ts';
import { podWith, sourcesOf, things } from '../../support/volume-sources.ts';

const skip = process.getuid?.() !== 0;
const tmpfs = 0x01021994;

test('the mount table is read with the names that need quoting', () => {
  const line = '36 35 98:0 /a /mnt/with\\040space\\134back rw,noatime master:1 - ext3 /dev/root rw';
  assert.deepEqual(parseMountTable(`${line}\n`), ['/mnt/with space\\back']);
});

describe('volumes in memory', { skip }, () => {
  test('are mounted once, hold what they may, and are gone with the Pod', async (t) => {
    const dir = mountDir(t);
    const volumes = createVolumes({ dir, mounts: true });
    const pod = podWith([{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }], {
      securityContext: { fsGroup: 1234 },
    });
    const path = (await volumes.prepare(pod, sourcesOf(things()))).volumes.get('v')?.path ?? '';
    const { type, bsize, blocks } = statfsSync(path);
    assert.deepEqual([type, bsize * blocks], [tmpfs, 2 ** 20]);
    assert.deepEqual([statSync(path).mode & 0o777, statSync(path).gid], [0o777, 1234]);
    writeFileSync(join(path, 'file'), Buffer.alloc(2 ** 19));
    assert.throws(() => writeFileSync(join(path, 'more'), Buffer.alloc(2 ** 20)), /ENOSPC/);
    rmSync(join(path, 'more'));
    await volumes.prepare(pod, sourcesOf(things()));
    await createVolumes({ dir, mounts: true }).prepare(pod, sourcesOf(things()));
    assert.equal(mountsBelow(dir).length, 1);
    assert.deepEqual(await volumes.usage(pod), [
      { name: 'v', memory: true, bytes: 2 ** 19, inodes: 2, partial: false },
    ]);
    await volumes.remove('u');
    await volumes.remove('u');
    assert.deepEqual([mountsBelow(dir), readdirSync(dir)], [[], []]);
  });

  test('that cannot be mounted are said to be so, and tried again', async (t) => {
    const dir = mountDir(t);
    const path = process.env['PATH'];
    t.after(() => {
      process.env['PATH'] = path;
    });
    const volumes = createVolumes({ dir, mounts: true });
    const pod = podWith([{ name: 'v', emptyDir: { medium: 'Memory' } }]);
    process.env['PATH'] = '/nowhere';
    await assert.rejects(volumes.prepare(pod, sourcesOf(things())), {
      message: 'MountVolume.SetUp failed for volume "v" : the program mount is missing (package mount)',
    });
    process.env['PATH'] = path;
    await volumes.prepare(pod, sourcesOf(things()));
    assert.equal(mountsBelow(dir).length, 1);
  });

  test('in use by a process keep the Pod until it is gone', async (t) => {
    const dir = mountDir(t);
    const volumes = createVolumes({ dir, mounts: true });
    const pod = podWith([{ name: 'v', emptyDir: { medium: 'Memory' } }]);
    const path = (await volumes.prepare(pod, sourcesOf(things()))).volumes.get('v')?.path ?? '';
    const held = openSync(join(path, 'file'), 'w');
    await assert.rejects(volumes.remove('u'), /target is busy/);
    assert.ok(existsSync(join(path, 'file')));
    closeSync(held);
    await volumes.remove('u');
    assert.ok(!existsSync(path));
  });

  test('full while files of an object are written: nothing half written is shown, and it goes on when there is room', async (t) => {
    const dir = mountDir(t);
    const pods = join(dir, 'small');
    const there = things();
    const outer = createVolumes({ dir, mounts: true });
    const small = podWith([{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '64Ki' } }], {}, 'small');
    const disk = (await outer.prepare(small, sourcesOf(there))).volumes.get('v')?.path ?? pods;
    const volumes = createVolumes({ dir: join(disk, 'pods'), mounts: true });
    there.configMaps.set('big', { a: 'a'.repeat(10_000), b: 'b'.repeat(100_000) });
    const pod = podWith([{ name: 'v', configMap: { name: 'big' } }]);
    await assert.rejects(volumes.prepare(pod, sourcesOf(there)), {
      message: /^MountVolume.SetUp failed for volume "v" : no space left on device/,
    });
    assert.deepEqual(readdirSync(join(disk, 'pods/u/volumes/v')), []);
    there.configMaps.set('big', { a: 'a' });
    const path = (await volumes.prepare(pod, sourcesOf(there))).volumes.get('v')?.path ?? '';
    assert.equal(readFileSync(join(path, 'a'), 'utf8'), 'a');
    await outer.remove('small');
  });
});

describe('parts of volumes', { skip }, () => {
  async function emptyVolume(t: { after(run: () => void): void }): Promise<{
    dir: string;
    path: string;
    volumes: Volumes;
    part(subPath: string, index?: number): Promise<string>;
  }> {
    const dir = mountDir(t);
    const volumes = createVolumes({ dir: join(dir, 'pods'), mounts: true });
    const pod = podWith([{ name: 'v', emptyDir: {} }], { securityContext: { fsGroup: 1234 } });
    const placed = (await volumes.prepare(pod, sourcesOf(things()))).volumes.get('v');
    assert.ok(placed);
    const request = { uid: 'u', container: 'c', volume: placed };
    const part = (subPath: string, index = 0): Promise<string> =>
      volumes.subPath({ ...request, index, subPath } satisfies SubPathRequest);
    return { dir, path: placed.path, volumes, part };
  }

  test('are made as directories like the volume, are files where there are files, and go with the Pod', async (t) => {
    const { dir, path, volumes, part } = await emptyVolume(t);
    const shown = await part('a/./b');
    assert.deepEqual([statSync(shown).mode & 0o7777, statSync(shown).gid], [0o2777, 1234]);
    writeFileSync(join(shown, 'file'), 'x');
    assert.equal(readFileSync(join(path, 'a/b/file'), 'utf8'), 'x');
    const file = await part('a/b/file', 1);
    assert.equal(readFileSync(file, 'utf8'), 'x');
    assert.equal(await part('a/b'), shown);
    assert.equal(mountsBelow(dir).length, 2);
    // a restarted container, with something else there now
    rmSync(join(path, 'a/b'), { recursive: true });
    writeFileSync(join(path, 'a/b'), 'now a file');
    assert.equal(readFileSync(await part('a/b'), 'utf8'), 'now a file');
    assert.equal(mountsBelow(dir).length, 2);
    await volumes.remove('u');
    assert.deepEqual(mountsBelow(dir), []);
    assert.ok(!existsSync(path));
  });

  test('never lead out of the volume', async (t) => {
    const { dir, path, part } = await emptyVolume(t);
    const outside = join(dir, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'x');
    symlinkSync(outside, join(path, 'absolute'));
    symlinkSync('../../../../outside', join(path, 'relative'));
    symlinkSync(join(dir, 'none'), join(path, 'dangling'));
    writeFileSync(join(path, 'file'), '');
    mkdirSync(join(path, 'real'));
    symlinkSync('real', join(path, 'inner'));
    for (const bad of [
      'absolute',
      'absolute/secret',
      'absolute/new',
      'relative',
      'dangling',
      'dangling/x',
      'a/../..',
      'file/below',
      '/etc',
    ])
      await assert.rejects(part(bad), VolumeError, `${bad} leads out`);
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.ok(!existsSync(join(dir, 'none')));
    assert.equal(statSync(await part('inner')).ino, statSync(join(path, 'real')).ino);
  });

  test('do not lead out of the volume either while somebody exchanges its directories for links', async (t) => {
    const { dir, path } = await emptyVolume(t);
    const outside = join(dir, 'outside');
    mkdirSync(join(outside, 'deep'), { recursive: true });
    mkdirSync(join(path, 'real/deep'), { recursive: true });
    symlinkSync(outside, join(path, 'link'));
    const forbidden = new Set([statSync(outside).ino, statSync(join(outside, 'deep')).ino]);
    let done = false;
    // what was made in a moment in which nothing was there goes again
    const move = (from: string, to: string): void => {
      for (let moved = false; !moved; ) {
        rmSync(join(path, to), { recursive: true, force: true });
        try {
          renameSync(join(path, from), join(path, to));
          moved = true;
        } catch (error) {
          if (!['EISDIR', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        }
      }
    };
    const exchange = (async () => {
      while (!done) {
        move('real', 'aside');
        move('link', 'real');
        await new Promise(setImmediate);
        move('real', 'link');
        move('aside', 'real');
        await new Promise(setImmediate);
      }
    })();
    let found = 0;
    for (let round = 0; round < 500; round++) {
      const held = await pinSubPath(path, round % 2 === 0 ? 'real/deep' : `real/new${round}`).catch(() => undefined);
      if (held === undefined) continue;
      found++;
      assert.ok(!forbidden.has((await held.stat()).ino));
      await held.close();
    }
    done = true;
    await exchange;
    assert.deepEqual(readdirSync(outside), ['deep']);
    assert.ok(found > 0);
  });

  test('of files of an object stay as they were, and are new when the container is', async (t) => {
    const dir = mountDir(t);
    const there = things();
    there.configMaps.set('web', { index: 'one' });
    const volumes = createVolumes({ dir, mounts: true });
    const pod = podWith([{ name: 'v', configMap: { name: 'web' } }]);
    const volume = (await volumes.prepare(pod, sourcesOf(there))).volumes.get('v');
    assert.ok(volume);
    const request: SubPathRequest = { uid: 'u', container: 'c', index: 3, volume, subPath: 'index' };
    const shown = await volumes.subPath(request);
    there.configMaps.set('web', { index: 'two' });
    await volumes.prepare(pod, sourcesOf(there));
    assert.equal(readFileSync(join(volume.path, 'index'), 'utf8'), 'two');
    assert.equal(readFileSync(shown, 'utf8'), 'one');
    assert.equal(await volumes.subPath(request), shown);
    assert.equal(readFileSync(shown, 'utf8'), 'two');
    assert.equal(mountsBelow(dir).length, 1);
    await volumes.remove('u');
    assert.deepEqual(mountsBelow(dir), []);
  });
});

test('what containers made of their volume stays so when the agent starts again', { skip }, async (t) => {
  const dir = mountDir(t);
  const pod = podWith([{ name: 'v', emptyDir: {} }], { securityContext: { fsGroup: 1234 } });
  const prepare = () => createVolumes({ dir, mounts: true }).prepare(pod, sourcesOf(things()));
  const path = (await prepare()).volumes.get('v')?.path ?? '';
  chmodSync(path, 0o700);
  await prepare();
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

describe('removing a Pod', { skip }, () => {
  test('never touches what is only shown in it', async (t) => {
    const dir = mountDir(t);
    const precious = join(dir, 'precious');
    mkdirSync(join(precious, 'data'), { recursive: true });
    writeFileSync(join(precious, 'data/file'), 'dear');
    const volumes = createVolumes({ dir: join(dir, 'pods'), mounts: true });
    const pod = podWith([
      { name: 'v', emptyDir: {} },
      { name: 'h', hostPath: { path: precious } },
    ]);
    const path = (await volumes.prepare(pod, sourcesOf(things()))).volumes.get('v')?.path ?? '';
    for (const name of ['one', 'two words', 'one/inner']) mkdirSync(join(path, name));
    symlinkSync(precious, join(path, 'link'));
    symlinkSync(join(precious, 'data/file'), join(path, 'file'));
    bind(precious, join(path, 'two words'));
    bind(precious, join(path, 'one/inner'));
    bind(precious, join(path, 'one/inner'));
    bind(join(precious, 'data'), join(path, 'one/inner/data'));
    await volumes.remove('u');
    assert.ok(!existsSync(path));
    assert.deepEqual(mountsBelow(dir), []);
    assert.equal(readFileSync(join(precious, 'data/file'), 'utf8'), 'dear');
  });

  test('a tree with a mount in it is not removed beyond that', async (t) => {
    const dir = mountDir(t);
    const precious = join(dir, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'dear');
    for (const name of ['tree', 'tree/a', 'tree/a/shown']) mkdirSync(join(dir, name));
    bind(precious, join(dir, 'tree/a/shown'));
    await assert.rejects(removeTree(join(dir, 'tree')), /something is still mounted/);
    await assert.rejects(removeTree(join(dir, 'tree/a/shown')), /something is still mounted/);
    assert.equal(readFileSync(join(precious, 'file'), 'utf8'), 'dear');
    await assert.rejects(createVolumes({ dir, mounts: true }).remove('..'), /cannot be the name of a directory/);
    await assert.rejects(createVolumes({ dir, mounts: true }).remove(''), /cannot be the name of a directory/);
  });

  test('removes trees of any depth and names that are no text', async (t) => {
    const dir = mountDir(t);
    mkdirSync(join(dir, 'tree'));
    let deep = join(dir, 'tree');
    for (let level = 0; level < 400; level++) deep = join(deep, 'd');
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'f'), '');
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/tree/`), Buffer.from([0xff, 0xfe])]), '');
    chmodSync(join(dir, 'tree/d'), 0);
    await removeTree(join(dir, 'tree'));
    await removeTree(join(dir, 'tree'));
    await removeTree(join(dir, 'not/there'));
    assert.deepEqual(readdirSync(dir), []);
  });

  test('what Pods nobody knows have left is swept, and no more', async (t) => {
    const dir = mountDir(t);
    const pod = (uid: string) => podWith([{ name: 'v', emptyDir: { medium: 'Memory' } }], {}, uid);
    const earlier = createVolumes({ dir, mounts: true });
    for (const uid of ['known', 'orphan']) await earlier.prepare(pod(uid), sourcesOf(things()));
    const volumes = createVolumes({ dir, mounts: true });
    assert.deepEqual(await volumes.sweep((uid) => uid === 'known'), ['orphan']);
    assert.deepEqual(readdirSync(dir), ['known']);
    assert.equal(mountsBelow(dir).length, 1);
  });
});

test('what a volume on the disk uses is counted as du does', async (t) => {
  const volumes = createVolumes({ dir: mountDir(t), mounts: true });
  const pod = podWith([{ name: 'v', emptyDir: {} }]);
  const path = (await volumes.prepare(pod, sourcesOf(things()))).volumes.get('v')?.path ?? '';
  mkdirSync(join(path, 'sub'));
  writeFileSync(join(path, 'sub/file'), Buffer.alloc(100_000, 1));
  symlinkSync('/', join(path, 'root'));
  const [usage] = await volumes.usage(pod);
  assert.equal(usage?.inodes, 4);
  assert.ok((usage?.bytes ?? 0) >= 100_000 && (usage?.bytes ?? 0) < 150_000, `${usage?.bytes}`);
});
