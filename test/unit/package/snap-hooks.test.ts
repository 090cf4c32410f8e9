/** The snap's hooks, each run in a root of its own, with what snapd gives a hook. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../../support/temp-dir.ts';

const sources = fileURLToPath(new URL('../../../snap', import.meta.url));
const skip = process.getuid?.() !== 0 && 'a root of its own takes root';

/** Where the snap is in the root, and where it keeps what stays. */
const here = '/snap/coracle/x1';
const common = '/var/snap/coracle/common';

/** Programs a script finds in its root: this machine's, but for those of `fakes`, which write down how they are called. */
class Root {
  readonly directory: string;

  constructor(test: TestContext) {
    this.directory = tempDir(test);
    for (const folder of [
      'lib',
      'lib64',
      'tools',
      'tmp',
      'run',
      'dev',
      'proc',
      'usr/bin',
      common,
      `${here}/bin`,
      '/var/cache',
    ])
      mkdirSync(this.path(folder), { recursive: true });
    symlinkSync('x1', this.path('/snap/coracle/current'));
    symlinkSync('/tools', this.path('bin'));
    for (const name of ['hooks', 'local'])
      cpSync(join(sources, name), this.path(here, name === 'hooks' ? 'meta/hooks' : 'bin'), { recursive: true });
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /** Puts a program there, which writes its name and arguments into /calls before it does the rest. */
  fake(path: string, rest = ''): void {
    mkdirSync(join(this.path(path), '..'), { recursive: true });
    writeFileSync(this.path(path), `#!/bin/sh\necho "$(basename "$0") $*" >>/calls\n${rest}\n`);
    chmodSync(this.path(path), 0o755);
  }

  /** Runs a script of the snap; `refresh` is what `snapctl get refresh` answers. */
  run(script: string, refresh = ''): { status: number | null; said: string; calls: string[] } {
    rmSync(this.path('calls'), { force: true });
    this.fake(`${here}/fakes/snapctl`, `[ "$1" != get ] || echo "${refresh}"`);
    // the mounts end with the process
    const setUp =
      'for each in lib lib64; do [ ! -d "/usr/$each" ] || mount --bind "/usr/$each" "$0/$each"; done; mount --bind /usr/bin "$0/tools"; mount --bind /dev "$0/dev"; mount --bind /proc "$0/proc"; exec chroot "$0" "$1"';
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', '--propagation', 'private', 'sh', '-euc', setUp, this.directory, join(here, script)],
      {
        encoding: 'utf8',
        env: {
          PATH: `${here}/fakes:/tools:/usr/sbin:/usr/bin:/sbin:/bin`,
          SNAP: here,
          SNAP_COMMON: common,
          CORACLE_DATA_DIR: common,
        },
        timeout: 30_000,
      },
    );
    const calls = existsSync(this.path('calls')) ? readFileSync(this.path('calls'), 'utf8').trimEnd().split('\n') : [];
    return { status, said: `${stdout}${stderr}`, calls };
  }
}

describe('the install hook', { skip }, () => {
  it('closes the directory of keys to others, and starts nothing', (test) => {
    const root = new Root(test);
    assert.deepEqual(root.run('meta/hooks/install'), { status: 0, said: '', calls: [] });
    assert.equal(statSync(root.path(common)).mode & 0o777, 0o700);
  });

  it('refuses a machine that has the Debian package', (test) => {
    const root = new Root(test);
    root.fake('/usr/bin/coracle-hub');
    const { status, said } = root.run('meta/hooks/install');
    assert.equal(status, 1);
    assert.match(said, /the Debian package coracle is installed/);
  });
});

describe('what the operator says of refreshes', { skip }, () => {
  it('is taken when it means something, and refused otherwise', (test) => {
    const root = new Root(test);
    assert.equal(root.run('meta/hooks/configure').status, 0);
    assert.equal(root.run('meta/hooks/configure', 'once').status, 0);
    const { status, said } = root.run('meta/hooks/configure', 'maybe');
    assert.equal(status, 1);
    assert.match(said, /refresh is "once".*cannot be "maybe"/);
  });

  it('decides whether there is one', (test) => {
    const root = new Root(test);
    const refused = root.run('meta/hooks/pre-refresh');
    assert.equal(refused.status, 1);
    assert.match(refused.said, /snap set coracle refresh=once/);
    assert.match(refused.said, /snap refresh --hold coracle/);
    assert.equal(root.run('meta/hooks/pre-refresh', 'once').status, 0);
  });

  it('holds for one', (test) => {
    assert.deepEqual(new Root(test).run('meta/hooks/post-refresh').calls, ['snapctl unset refresh']);
  });
});

describe('the remove hook', { skip }, () => {
  it('has the machine reset, and takes away what lies elsewhere', (test) => {
    const root = new Root(test);
    root.fake(`${here}/bin/coracle`);
    for (const folder of ['/run/coracle', '/var/cache/coracle/digest'])
      mkdirSync(root.path(folder), { recursive: true });
    assert.deepEqual(root.run('meta/hooks/remove'), { status: 0, said: '', calls: ['coracle reset'] });
    assert.deepEqual(
      [existsSync(root.path('/run/coracle')), existsSync(root.path('/var/cache/coracle'))],
      [false, false],
    );
  });

  it("ends Pods of the snap's containerd through it", (test) => {
    const root = new Root(test);
    mkdirSync(root.path(common, 'containerd'));
    root.fake(`${here}/usr/bin/containerd`, 'touch /answers; exec sleep 30');
    root.fake(`${here}/usr/bin/ctr`, '[ -e /answers ]');
    root.fake(`${here}/bin/coracle`, '[ -e /answers ]');
    const { status, calls } = root.run('meta/hooks/remove');
    assert.equal(status, 0);
    const [containerd, ...others] = calls.filter((call) => !call.startsWith('ctr '));
    assert.deepEqual(
      [containerd, ...others],
      [`containerd --config ${common}/containerd/config.toml`, 'coracle reset'],
    );
  });

  it('is not stopped by a machine that is broken', (test) => {
    const root = new Root(test);
    root.fake(`${here}/bin/coracle`, 'exit 1');
    assert.equal(root.run('meta/hooks/remove').status, 0);
  });

  it('lets go of what is mounted still: snapd removes the files', (test) => {
    const root = new Root(test);
    const place = `${common}/agent/pods/1/with a space`;
    for (const path of [place, `${place}/in`]) mkdirSync(root.path(path), { recursive: true });
    const left = `grep -c ' ${common}/' /proc/self/mountinfo >/left || true`;
    root.fake(`${here}/bin/coracle`, `mount --bind /tmp "${place}"; mount --bind /tmp "${place}/in"; exit 1`);
    root.fake(`${here}/fakes/rm`, left);
    mkdirSync(root.path('/tmp/in'));
    assert.equal(root.run('meta/hooks/remove').status, 0);
    assert.equal(readFileSync(root.path('left'), 'utf8'), '0\n');
  });
});

describe('joining at boot', { skip }, () => {
  it('joins with the file, once', (test) => {
    const root = new Root(test);
    root.fake(`${here}/bin/coracle`);
    assert.deepEqual(root.run('bin/join-at-boot').calls, []);
    mkdirSync(root.path('/etc/coracle'), { recursive: true });
    writeFileSync(root.path('/etc/coracle/join.yaml'), '');
    assert.deepEqual(root.run('bin/join-at-boot').calls, ['coracle join --file /etc/coracle/join.yaml --no-start']);
    mkdirSync(root.path(common, 'agent/pki'), { recursive: true });
    writeFileSync(root.path(common, 'agent/pki/node.json'), '');
    assert.deepEqual(root.run('bin/join-at-boot').calls, []);
  });
});

describe("the snap's containerd", { skip }, () => {
  it('gets a configuration that outlives this revision', (test) => {
    const root = new Root(test);
    root.fake(`${here}/usr/bin/containerd`);
    assert.equal(root.run('bin/run-containerd').status, 0);
    const written = readFileSync(root.path(common, 'containerd/config.toml'), 'utf8');
    assert.match(written, /BinaryName = "\/snap\/coracle\/current\/usr\/sbin\/runc"/);
    assert.match(written, /bin_dir = "\/snap\/coracle\/current\/usr\/lib\/cni"/);
    assert.doesNotMatch(written, /x1/);
    assert.equal(statSync(root.path(common, 'containerd')).mode & 0o777, 0o700);
  });
});
