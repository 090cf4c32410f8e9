/** What a backup says of itself, and what is not believed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupForm, readBackupList } from '../../../agent/cli/backup/backup-list.ts';

const file = { name: 'hub/state.db', size: 1, sha256: 'a'.repeat(64) };
const list = (more: object): string =>
  JSON.stringify({ form: backupForm, version: '1.2.3', created: '2030-01-01T00:00:00Z', files: [file], ...more });

describe('the list of a backup', () => {
  it('is read', () => assert.equal(readBackupList(list({}), '1.2.3').files[0]?.name, 'hub/state.db'));

  it('of another version is refused by name', () => {
    assert.throws(
      () => readBackupList(list({}), '1.3.0'),
      /^Error: the backup is of Coracle 1\.2\.3, and this is 1\.3\.0$/,
    );
  });

  for (const name of ['/etc/passwd', '../x', 'hub/../../x', 'hub/..', '', 'a\u0000b', 'x'.repeat(300)]) {
    it(`with a file called ${JSON.stringify(name).slice(0, 20)} is refused`, () => {
      assert.throws(() => readBackupList(list({ files: [{ ...file, name }] }), '1.2.3'), /no backup of Coracle/);
    });
  }
});
