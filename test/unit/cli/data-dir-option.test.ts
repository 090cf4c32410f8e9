/** The data directory of another user is told at once, and one that is not there yet is none of its business. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenDataDir } from '../../../agent/cli/data-dir-option.ts';

const refusing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

test('a data directory this user may not read is refused before anything is done with it', () => {
  const expected = { message: 'this user may not read the data directory /srv/cluster', exitCode: 1 };
  assert.throws(() => chosenDataDir({ dataDir: '/srv/cluster' }, refusing('EACCES')), expected);
  assert.equal(chosenDataDir({ dataDir: '/srv/cluster' }, refusing('ENOENT')).root, '/srv/cluster');
});
