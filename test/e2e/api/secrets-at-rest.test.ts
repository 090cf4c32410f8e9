/** Secrets on the disk of a whole hub: in no file in plain text, from the first start, through rotation and restart. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { encryptionKeysPath, type KeyRotation } from '../../../hub/api/encryption-keys.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openWholeHub, type WholeHub } from '../../support/whole-hub.ts';
import { ask } from '../../support/hub-api.ts';

const word = 'nobody reads this on the disk';
const coded = Buffer.from(word).toString('base64');
const secrets = '/api/v1/namespaces/default/secrets';

/** Which files below `dir` hold the word, plain or as the API writes it. */
function holders(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const text = readFileSync(file).toString('latin1');
      return text.includes(word) || text.includes(coded) || text.includes(coded.slice(4, -8));
    });
}

describe('Secrets at rest', () => {
  it('are in no file of the hub in plain text, and are read again after a rotation and a restart', async (test) => {
    const dir = tempDir(test);
    let hub: WholeHub = await openWholeHub(dir);
    test.after(() => hub.stop());
    const call = (method: string, path: string, body?: unknown) =>
      ask(hub.agent, hub.ports['api'] ?? 0, method, path, body === undefined ? {} : { body });
    const object = { metadata: { name: 'hidden' }, stringData: { word } };
    assert.equal((await call('POST', secrets, object)).status, 201);
    assert.deepEqual(holders(dir), []);
    assert.equal(statSync(join(dir, 'hub', 'encryption-keys.json')).mode & 0o777, 0o600);

    const rotated = await call('POST', encryptionKeysPath);
    assert.equal(rotated.status, 200);
    assert.ok((rotated.json as KeyRotation).values >= 1);
    assert.deepEqual(holders(dir), []);

    await hub.stop();
    assert.deepEqual(holders(dir), []);
    hub = await openWholeHub(dir);
    assert.equal((await call('GET', `${secrets}/hidden`)).json.data.word, coded);
    assert.equal((await call('PUT', encryptionKeysPath)).status, 404);
  });
});
