/** Debian's python3-kubernetes (22.6): lists, watches, changes, exec, and a client that finds kinds by discovery. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/coracle.ts';
import { ground } from './ground.ts';

// Debian's own Python: another one on the PATH does not see Debian's packages
const python = '/usr/bin/python3';
const found = spawnSync(python, ['-c', 'import kubernetes'], { stdio: 'ignore' }).status === 0;
const skip = found ? false : 'python3-kubernetes is not installed (Debian: apt-get install python3-kubernetes)';

test('python3-kubernetes does what it is for', { skip }, async (t) => {
  const { namespace, kubeconfig } = await ground(t);
  const script = join(import.meta.dirname, 'python.py');
  const { code, stdout, stderr } = await run(python, [script, kubeconfig, namespace]);
  assert.equal(code, 0, stderr);
  const told = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, unknown]),
  );
  assert.deepEqual(told, {
    version: '36',
    pages: [['a'], ['b']],
    patch: { k: '3', l: '4' },
    conflict: [409, 'Conflict'],
    watch: [
      ['ADDED', 'c'],
      ['DELETED', 'b'],
    ],
    log: 'said\n',
    exec: ['out\ngot typed\n', 'err\n', 3],
    'exec at once': 'hi\n',
    dynamic: [0, true, 'Deployment'],
    apply: [['python', 'Apply']],
    names: ['d', 'e'],
    allowed: true,
  });
});
