/** What purging the Debian package takes along and what it leaves, in a root of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../../support/temp-dir.ts';

const control = fileURLToPath(new URL('../../../snap/deb/control.mjs', import.meta.url));
const { postrm } = (await import(control)) as { postrm: string };
const skip = process.getuid?.() !== 0 && 'a root of its own takes root';
const data = '/var/lib/coracle';

/** Runs the script as dpkg does, with `before` ahead of it in the same root; the mounts end with it. */
function run(root: string, argument: string, before = ''): string {
  writeFileSync(join(root, 'postrm'), `${before}\n${postrm}`);
  for (const folder of ['proc', 'dev', 'bin', 'sbin', 'lib', 'lib64', 'usr'])
    mkdirSync(join(root, folder), { recursive: true });
  const setUp =
    'for each in dev bin sbin lib lib64 usr; do [ ! -d "/$each" ] || mount --rbind "/$each" "$0/$each"; done; mount -t proc proc "$0/proc"; exec chroot "$0" /bin/sh /postrm "$1"';
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--pid', '--fork', '--propagation', 'private', 'sh', '-euc', setUp, root, argument],
    { encoding: 'utf8', timeout: 30_000 },
  );
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stderr;
}

function rootWith(test: TestContext, ...files: string[]): string {
  const root = tempDir(test);
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  return root;
}

const ours = [`${data}/hub/store.db`, `${data}/agent/pki/node.json`, '/var/cache/coracle/x', '/etc/coracle/join.yaml'];
const stored = `${data}/agent/local-volumes/pvc-1/index`;

describe('the Debian package', { skip }, () => {
  it('leaves everything where it is removed and not purged', (test) => {
    const root = rootWith(test, ...ours, stored);
    assert.equal(run(root, 'remove'), '');
    assert.deepEqual(
      [...ours, stored].filter((file) => !existsSync(join(root, file))),
      [],
    );
  });

  it('leaves nothing where it is purged', (test) => {
    const root = rootWith(test, ...ours);
    assert.equal(run(root, 'purge'), '');
    assert.deepEqual(
      [data, '/var/cache/coracle', '/etc/coracle'].filter((path) => existsSync(join(root, path))),
      [],
    );
  });

  it('keeps what Pods have stored, and says where', (test) => {
    const root = rootWith(test, ...ours, stored);
    assert.match(run(root, 'purge'), /what Pods have stored stays in \/var\/lib\/coracle\/agent\/local-volumes/);
    assert.equal(readFileSync(join(root, stored), 'utf8'), stored);
    assert.deepEqual(
      ours.filter((file) => existsSync(join(root, file))),
      [],
    );
  });

  it('removes nothing through what is mounted', (test) => {
    const [inside, below] = ['/srv/site/page', '/srv/other/page'];
    const root = rootWith(test, ...ours, inside, below);
    const place = `${data}/agent/pods/1/with a space`;
    const mounts = `mkdir -p "${place}" && mount --bind /srv/site "${place}" && mkdir -p "${place}/in" && mount --bind /srv/other "${place}/in"`;
    run(root, 'purge', mounts);
    assert.ok(existsSync(join(root, inside)) && existsSync(join(root, below)));
    assert.ok(!existsSync(join(root, data)));
  });
});
