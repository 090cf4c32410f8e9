/** Backup and restore, reset and new certificates: what a hub is survives what happens to its machine. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { coracle, noKubectl, type Outcome, startHub, type TestHub } from '../support/coracle.ts';
import { assertFailure, assertSuccess } from '../support/outcome.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('a hub', { skip: noKubectl }, () => {
  let hub: TestHub;
  const at = (...words: string[]): Promise<Outcome> => coracle([...words, '--data-dir', hub.dir]);
  const secret = async (): Promise<string> =>
    hub.kubectl(['get', 'secret', 'treasure', '-o', 'jsonpath={.data.where}']);

  before(async () => {
    hub = await startHub(['--no-agent']);
    await hub.kubectl(['create', 'secret', 'generic', 'treasure', '--from-literal=where=island']);
  });
  after(() => hub?.stop());

  it('comes back from a backup that was taken while it ran, whatever became of the rest', async (test) => {
    const file = join(tempDir(test), 'hub.backup');
    const outcome = await at('backup', file, '--format', 'json');
    assertSuccess(outcome);
    const { digest, bytes } = JSON.parse(outcome.stdout) as { digest: string; bytes: number };
    assert.match(digest, /^[0-9a-f]{64}$/);
    assert.deepEqual([statSync(file).size, statSync(file).mode & 0o777], [bytes, 0o600]);
    assert.deepEqual(
      readdirSync(join(hub.dir, 'hub')).filter((name) => name.startsWith('snapshot-')),
      [],
    );
    assertFailure(await at('backup', file), 1, /is there already/, /another name/);
    assertFailure(await at('restore', file), 1, /the hub runs/, /coracle --data-dir \S+ stop/);
    await hub.kubectl(['delete', 'secret', 'treasure']);
    await at('stop');

    const cut = join(tempDir(test), 'cut.backup');
    writeFileSync(cut, readFileSync(file));
    truncateSync(cut, Math.floor(bytes / 2));
    assertFailure(await at('restore', cut), 1, /cut\.backup cannot be restored: .*damaged/);
    const plain = gunzipSync(readFileSync(file));
    const flipped = Buffer.from(plain);
    const place = flipped.indexOf('SQLite format 3') + 2000;
    flipped.writeUInt8(flipped.readUInt8(place) ^ 1, place);
    writeFileSync(cut, gzipSync(flipped));
    assertFailure(await at('restore', cut), 1, /the digest of hub\/state\.db is not the one in its list/);
    writeFileSync(cut, 'no backup at all');
    assertFailure(await at('restore', cut), 1, /this is no backup of Coracle/);
    assert.ok(existsSync(join(hub.dir, 'hub', 'state.db')), 'what was there is there');

    const restored = await at('restore', file);
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(restored.stderr, /What was here before is in .*hub-before-/);
    await hub.start(['--no-agent']);
    assert.equal(Buffer.from(await secret(), 'base64').toString(), 'island');
    const mode = statSync(join(hub.dir, 'hub', 'pki', 'ca.key')).mode & 0o777;
    assert.equal(mode, 0o600);
  });

  it('is backed up at rest as well', async (test) => {
    await at('stop');
    const file = join(tempDir(test), 'hub.backup');
    assertSuccess(await at('backup', file));
    const elsewhere = tempDir(test);
    assertSuccess(await coracle(['restore', file, '--data-dir', elsewhere]));
    for (const name of ['state.db', 'encryption-keys.json', 'settings.json', 'pki/ca.key'])
      assert.deepEqual(readFileSync(join(elsewhere, 'hub', name)), readFileSync(join(hub.dir, 'hub', name)), name);
    await hub.start(['--no-agent']);
  });

  it('gets new certificates of its old CA', async () => {
    const serial = (name: string): string =>
      new X509Certificate(readFileSync(join(hub.dir, 'hub', 'pki', name))).serialNumber;
    const [ca, server] = [serial('ca.crt'), serial('server.crt')];
    const checked = await at('refresh-certs', '--check');
    assertSuccess(checked);
    assert.match(checked.stdout, /the hub's ca certificate +ends in 3\d{3} days\n/);
    assert.equal(serial('server.crt'), server);
    assertSuccess(await at('refresh-certs'));
    assert.deepEqual([serial('ca.crt'), serial('server.crt') === server], [ca, false]);
    assert.equal(Buffer.from(await secret(), 'base64').toString(), 'island');
  });

  it('is reset, but for the volumes of Pods, also when its files are broken', async () => {
    const volume = join(hub.dir, 'agent', 'local-volumes', 'pvc-1');
    mkdirSync(volume, { recursive: true });
    mkdirSync(join(hub.dir, 'agent', 'state'));
    writeFileSync(join(volume, 'diary'), 'dear diary');
    writeFileSync(join(hub.dir, 'agent', 'settings.json'), '{ broken');
    const outcome = await at('reset');
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /is empty again, but for 1 volumes in /);
    assert.deepEqual(readdirSync(join(hub.dir, 'agent')), ['local-volumes']);
    assert.ok(!existsSync(join(hub.dir, 'hub')));
    const second = await at('reset', '--destroy-storage');
    assertSuccess(second);
    assert.match(second.stdout, /is empty again\.\n$/);
    assert.deepEqual(readdirSync(hub.dir), []);
  });
});
