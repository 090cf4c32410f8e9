/** What a node does not run beside what it runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusal } from '../../../agent/pods/refusal.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { shellPod, shellContainer } from '../../support/shell-pod.ts';

const withPort = (hostPort: number, hostIP?: string, protocol = 'TCP'): Pod => {
  const port = { containerPort: 80, hostPort, protocol, ...(hostIP === undefined ? {} : { hostIP }) };
  return shellPod({ spec: { containers: [shellContainer('sleep 1', { ports: [port] })] } });
};

describe('a Pod that was bound past the scheduler', () => {
  it('is let in when no host port of it is taken', () => {
    assert.equal(refusal(shellPod(), [withPort(80)]), undefined);
    assert.equal(refusal(withPort(81), [withPort(80), shellPod()]), undefined);
    assert.equal(refusal(withPort(80, '', 'UDP'), [withPort(80)]), undefined);
    assert.equal(refusal(withPort(80, '127.0.0.1'), [withPort(80, '127.0.0.2')]), undefined);
  });

  it('is refused when another one holds the port on the same address, or on all', () => {
    for (const [mine, theirs] of [
      [undefined, undefined],
      ['127.0.0.1', undefined],
      ['0.0.0.0', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.1'],
    ] as const) {
      assert.equal(refusal(withPort(80, mine), [withPort(80, theirs)])?.reason, 'NodePorts');
    }
  });
});
