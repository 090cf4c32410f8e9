/** `coracle inspect` on machines that are broken in ten ways: the cause is in its first lines, with what to do. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { openPki } from '../../hub/auth/pki.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { issueCertificate } from '../../hub/base/x509/certificate.ts';
import { coracle, joinNode, type Outcome, startHub, type TestHub, type TestMachine } from '../support/coracle.ts';
import { assertSuccess } from '../support/outcome.ts';
import { mountDir } from '../support/mounts.ts';
import { tempDir } from '../support/temp-dir.ts';

const isRoot = process.getuid?.() === 0;
const canMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;
const skipMounts = canMount ? false : 'mounts need root and unshare';

let hub: TestHub;
let node: TestMachine;

before(async () => {
  hub = await startHub(['--no-agent']);
  node = await joinNode(await hub.joinUrl(), 'field');
});
after(async () => {
  await node?.stop();
  await hub?.stop();
});

const inspect = (dir: string, within: readonly string[] = []): Promise<Outcome> =>
  coracle(['inspect', '--no-report', '--data-dir', dir], {}, within);

/** The data directory of `machine` as it would be on a disk that was copied: nothing runs in it. */
function copyOf(test: TestContext, machine: TestMachine): string {
  const dir = join(tempDir(test), 'data');
  cpSync(machine.dir, dir, {
    recursive: true,
    filter: (path) => !path.endsWith('run.json') && !path.includes('/live/') && !statSync(path).isSocket(),
  });
  const settings = join(dir, 'hub', 'settings.json');
  // the ports are those of the hub that runs
  if (existsSync(settings)) edit(settings, (all) => ({ ...all, apiPort: 0, joinPort: 0, mqttPort: 0 }));
  return dir;
}

function edit(file: string, change: (value: Record<string, unknown>) => object): void {
  writeFileSync(file, JSON.stringify(change(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {})));
}

/** The first thing told is this, with what to do about it, and scripts see that something is broken. */
function assertCause({ code, stdout, stderr }: Outcome, cause: RegExp, todo: RegExp): void {
  const [first = '', second = ''] = stdout.split('\n');
  assert.match(first, /^FAIL {2}/, stdout + stderr);
  assert.match(first, cause, stdout);
  assert.match(second, todo, stdout);
  assert.equal(code, 1);
}

/** Runs a command where nothing is behind `path`, for this command alone. */
const without = (path: string): string[] => [
  'unshare',
  '-m',
  'sh',
  '-c',
  'mount --bind /dev/null "$0" && exec "$@"',
  path,
];

function listen(test: TestContext, server: Server, where: number | string): Promise<number> {
  test.after(() => server.close());
  return new Promise((resolve) =>
    server.listen(typeof where === 'string' ? { path: where } : { port: where, host: '127.0.0.1' }, () =>
      resolve(typeof where === 'string' ? 0 : (server.address() as AddressInfo).port),
    ),
  );
}

describe('coracle inspect', () => {
  it('finds nothing broken where nothing is', async () => {
    for (const { dir } of [hub, node]) {
      const outcome = await inspect(dir);
      assertSuccess(outcome);
      assert.doesNotMatch(outcome.stdout, /FAIL/);
    }
  });

  it('names a port that is taken, and by whom', async (test) => {
    const dir = copyOf(test, hub);
    const port = await listen(test, createServer(), 0);
    edit(join(dir, 'hub', 'settings.json'), (settings) => ({ ...settings, apiPort: port }));
    const by = new RegExp(`port ${port} \\(Kubernetes API\\) is taken by node.*process ${process.pid}`);
    assertCause(await inspect(dir), by, /coracle --data-dir \S+ config set hub.apiPort/);
  });

  it('names a kernel without cgroup memory', { skip: skipMounts }, async (test) => {
    const file = ['/sys/fs/cgroup/cgroup.controllers', '/proc/cgroups'].find((path) => existsSync(path)) ?? '';
    const outcome = await inspect(copyOf(test, node), without(file));
    assertCause(outcome, /no memory cgroup/, /cgroup_enable=memory/);
  });

  it('names a clock that is off', async (test) => {
    const dir = copyOf(test, hub);
    const later = new Date(Date.now() + 48 * 3600_000);
    utimesSync(join(dir, 'hub', 'state.db'), later, later);
    assertCause(await inspect(dir), /the clock is off: .*state\.db was written at/, /timedatectl/);
  });

  it('names a full disk', { skip: skipMounts }, async (test) => {
    const dir = mountDir(test);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir]);
    spawnSync('dd', ['if=/dev/zero', `of=${join(dir, 'full')}`, 'bs=1M', 'count=5'], { stdio: 'ignore' });
    assertCause(await inspect(dir), /the disk of .* is full: 0 MiB of 4 MiB left/, /make space/);
  });

  it('names a hub of another CA', async (test) => {
    const dir = copyOf(test, node);
    const pki = await openPki({ dir: tempDir(test), hosts: ['127.0.0.1'], clock: systemClock, log: silentLog });
    test.after(() => pki.stop());
    const { key, certificate } = pki.server();
    const port = await listen(test, createTlsServer({ key, cert: certificate }), 0);
    edit(join(dir, 'agent', 'pki', 'node.json'), (facts) => ({ ...facts, joinPort: port }));
    assertCause(await inspect(dir), /wrong CA: .* is not the hub this node joined/, /coracle --data-dir \S+ leave/);
  });

  it('names a hub that cannot be reached', async (test) => {
    const dir = copyOf(test, node);
    edit(join(dir, 'agent', 'pki', 'node.json'), (facts) => ({ ...facts, joinPort: 1 }));
    assertCause(
      await inspect(dir),
      /the hub is unreachable: .*127\.0\.0\.1:1: nothing listens there/,
      /port 1 is open/,
    );
  });

  it('names a container runtime that is dead', async (test) => {
    const dir = copyOf(test, node);
    const runtimeEndpoint = join(dir, 'containerd.sock');
    edit(join(dir, 'agent', 'settings.json'), (settings) => ({ ...settings, runtime: 'containerd', runtimeEndpoint }));
    assertCause(await inspect(dir), /containerd is dead: nothing answers at .*containerd\.sock/, /restart containerd/);
  });

  it('names an address that has changed', async (test) => {
    const dir = copyOf(test, hub);
    const file = join(dir, 'kubeconfig');
    writeFileSync(file, readFileSync(file, 'utf8').replace('https://127.0.0.1:', 'https://198.51.100.7:'));
    assertCause(
      await inspect(dir),
      /the IP address has changed: .* 198\.51\.100\.7, this machine has/,
      /coracle --data-dir \S+ start/,
    );
  });

  it('names nft when it is missing', { skip: skipMounts }, async (test) => {
    const dir = copyOf(test, node);
    const runtimeEndpoint = join(dir, 'c.sock');
    await listen(test, createServer(), runtimeEndpoint);
    edit(join(dir, 'agent', 'settings.json'), (settings) => ({ ...settings, runtime: 'containerd', runtimeEndpoint }));
    const nft = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'].find((path) => existsSync(path));
    const outcome = await inspect(dir, nft === undefined ? [] : without(nft));
    assertCause(outcome, /the program nft is missing: no Service/, /apt-get install nftables/);
  });

  it('names a certificate that has expired', async (test) => {
    const dir = copyOf(test, hub);
    const pki = join(dir, 'hub', 'pki');
    const pem = (name: string): ReturnType<typeof createPrivateKey> =>
      createPrivateKey(readFileSync(join(pki, name), 'utf8'));
    const expired = issueCertificate({
      subject: { commonName: 'coracle-hub', organizations: [] },
      publicKey: createPublicKey(pem('server.key')),
      purpose: 'server',
      hosts: ['127.0.0.1'],
      notBefore: Date.now() - 48 * 3600_000,
      notAfter: Date.now() - 24 * 3600_000,
      issuer: { name: { commonName: 'coracle-ca', organizations: [] }, key: pem('ca.key') },
    });
    writeFileSync(join(pki, 'server.crt'), expired);
    assertCause(
      await inspect(dir),
      /expired certificate: the hub's server certificate/,
      /coracle --data-dir \S+ refresh-certs/,
    );
  });

  it('packs a report that only its owner reads, and that holds no secret', async (test) => {
    const dir = copyOf(test, hub);
    const token = 'f00dfeedf00dfeedf00dfeedf00dfeed';
    const key = readFileSync(join(dir, 'hub', 'pki', 'ca.key'), 'utf8');
    appendFileSync(
      join(dir, 'hub', 'hub.log'),
      `{"msg":"odd","line":"h:25000/${token}/${'a'.repeat(64)}","pem":${JSON.stringify(key)}}\n`,
    );
    const file = join(tempDir(test), 'report.tar.gz');
    const outcome = await coracle(['inspect', '--report', file, '--format', 'json', '--data-dir', dir]);
    assert.match(outcome.stderr, /^The report is .*report\.tar\.gz; secrets are taken out/);
    assert.ok((JSON.parse(outcome.stdout) as { findings: unknown[] }).findings.length >= 12);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const out = tempDir(test);
    execFileSync('tar', ['-xzf', file, '-C', out]);
    const text = execFileSync('cat', [join(out, 'hub', 'hub.log'), join(out, 'hub', 'settings.json')]).toString();
    assert.ok(text.includes('"msg":"odd"') && !text.includes(token));
    assert.ok(!text.includes(key.split('\n')[1] ?? key));
    for (const name of ['findings.json', 'facts.json', 'versions.json', 'status.json'])
      JSON.parse(readFileSync(join(out, name), 'utf8'));
    rmSync(file);
  });
});
