/** Archives, as the system's tar reads them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tar } from '../../../agent/cli/inspect/tar.ts';
import { readTarHeader, tarHeader } from '../../../agent/cli/tar-header.ts';
import { tempDir } from '../../support/temp-dir.ts';

const long = `${'folder/'.repeat(20)}file`;

describe('an archive', () => {
  it('is what tar unpacks', (test) => {
    const dir = tempDir(test);
    const files = [
      { name: 'a.txt', data: 'one' },
      { name: long, data: Buffer.alloc(513, 7) },
      { name: 'empty', data: '' },
    ];
    writeFileSync(join(dir, 'x.tar'), tar(files, Date.UTC(2020, 0, 1)));
    execFileSync('tar', ['-xf', join(dir, 'x.tar'), '-C', dir]);
    for (const { name, data } of files) assert.deepEqual(readFileSync(join(dir, name)), Buffer.from(data));
  });

  it('is read as it was written, and refused when a bit is wrong', () => {
    const header = tarHeader(long, 12_345, 0);
    assert.deepEqual(readTarHeader(header), { name: long, length: 12_345 });
    assert.equal(readTarHeader(Buffer.alloc(512)), undefined);
    header.writeUInt8(header.readUInt8(3) ^ 1, 3);
    assert.throws(() => readTarHeader(header), /damaged/);
    assert.throws(() => tarHeader('x'.repeat(101), 1, 0), /too long/);
  });
});
