/** `coracle images import` and `export` with a containerd of the test's own: only what is missing travels. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { tar } from '../../../agent/cli/inspect/tar.ts';
import { coracle, type Outcome, startHub, type TestHub } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { assertFailure, assertSuccess } from '../../support/outcome.ts';
import { mountsBelow } from '../../support/mounts.ts';

const canRun = process.getuid?.() === 0 && spawnSync('containerd', ['--version']).status === 0;

const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** An archive of one image over these layers. */
function imageArchive(name: string, layers: readonly Buffer[]): Buffer {
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture, os: 'linux', config: {} },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sum(layer)}`) },
    }),
  );
  const described = (mediaType: string, bytes: Buffer): object => ({
    ...{ mediaType, digest: `sha256:${sum(bytes)}`, size: bytes.length },
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: described('application/vnd.oci.image.config.v1+json', config),
      layers: layers.map((layer) => described('application/vnd.oci.image.layer.v1.tar', layer)),
    }),
  );
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: [
      {
        ...described('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
      },
    ],
  });
  return tar(
    [
      { name: 'oci-layout', data: '{"imageLayoutVersion":"1.0.0"}' },
      ...[config, manifest, ...layers].map((data) => ({ name: `blobs/sha256/${sum(data)}`, data })),
      { name: 'index.json', data: index },
    ],
    0,
  );
}

const layer = (name: string): Buffer => tar([{ name, data: randomBytes(300_000) }], 0);

describe('coracle images', { skip: canRun ? false : 'it needs root and containerd' }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-images-'));
  const socket = join(dir, 'c.sock');
  let containerd: ChildProcess | undefined;
  let hub: TestHub;
  const images = (...words: string[]): Promise<Outcome> =>
    coracle(['images', ...words, '--node', 'here', '--data-dir', hub.dir]);
  const ctr = (...words: string[]): string =>
    execFileSync('ctr', ['--address', socket, '--namespace', 'k8s.io', ...words]).toString();

  before(async () => {
    const config = join(dir, 'config.toml');
    writeFileSync(
      config,
      `version = 2\nroot = "${dir}/root"\nstate = "${dir}/state"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
    );
    containerd = spawn('containerd', ['--config', config], { stdio: 'ignore' });
    hub = await startHub(['--runtime', 'process', '--node-name', 'here']);
    await eventually('containerd to listen', () => existsSync(socket));
  });
  after(async () => {
    await hub?.stop();
    if (containerd !== undefined && containerd.exitCode === null) {
      const ended = new Promise((resolve) => containerd?.once('exit', resolve));
      containerd.kill('SIGTERM');
      await ended;
    }
    for (const path of mountsBelow(dir).reverse()) execFileSync('umount', ['--lazy', path]);
    rmSync(dir, { recursive: true, force: true });
  });

  it('sends an archive to a node, and later only the layers that are missing', async () => {
    const base = layer('base');
    writeFileSync(join(dir, 'one.tar'), imageArchive('example.org/app:1', [base]));
    const first = await images('import', join(dir, 'one.tar'), '--containerd', socket);
    assertSuccess(first);
    assert.match(first.stdout, /^node here: imported, 0\.3 MiB sent, 0\.0 MiB were there\n$/);
    assert.match(ctr('images', 'ls', '-q'), /example\.org\/app:1/);

    writeFileSync(join(dir, 'two.tar'), imageArchive('example.org/app:2', [base, layer('more')]));
    const second = await images('import', join(dir, 'two.tar'), '--containerd', socket);
    assertSuccess(second);
    assert.match(second.stdout, /0\.3 MiB sent, 0\.3 MiB were there/);
    assert.match(ctr('images', 'check'), /example\.org\/app:2.*complete \(3\/3\)/);
    assert.doesNotMatch(ctr('content', 'ls'), /gc\.root/);
  });

  it('brings images back as they were', async () => {
    const file = join(dir, 'out.tar');
    const outcome = await images('export', file, 'example.org/app:1', '--containerd', socket);
    assertSuccess(outcome);
    ctr('images', 'rm', '--sync', 'example.org/app:1', 'example.org/app:2');
    assertSuccess(await images('import', file, '--containerd', socket));
    assert.match(ctr('images', 'check'), /example\.org\/app:1.*complete \(2\/2\)/);
    assertFailure(await images('export', file, 'x'), 1, /is there already/);
  });

  it('says what is wrong with what it was given', async () => {
    const file = join(dir, 'broken.tar');
    writeFileSync(file, 'no archive'.repeat(100));
    assertFailure(await images('import', file), 1, /is no archive of images/);
    writeFileSync(file, tar([{ name: 'readme', data: 'x' }], 0));
    assertFailure(await images('import', file), 1, /is no archive of images/);
    writeFileSync(file, imageArchive('example.org/app:3', [layer('x')]));
    truncateSync(file, 200_000);
    assertFailure(await images('import', file), 1, /is cut off|is no archive/);
    const missing = await images('export', join(dir, 'none.tar'), 'example.org/none:1', '--containerd', socket);
    assertFailure(missing, 1, /ctr failed: .*none:1/);
    assert.ok(!existsSync(join(dir, 'none.tar')));
  });
});
