/** What a tunnel is told to lead to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choosePort, readPorts, readTarget } from '../../../agent/cli/tunnel-target.ts';
import type { Service } from '../../../hub/api/service.ts';

const service = (ports: object[]): Service => ({ metadata: {}, spec: { ports } }) as unknown as Service;

describe('a tunnel', () => {
  it('leads to a Service unless told otherwise', () => {
    assert.deepEqual(readTarget('web'), { kind: 'service', name: 'web' });
    assert.deepEqual(readTarget('po/web-0'), { kind: 'pod', name: 'web-0' });
    assert.deepEqual(readTarget('node/pi-7'), { kind: 'node', name: 'pi-7' });
    for (const wrong of ['job/x', 'pod/', '', '/x']) assert.throws(() => readTarget(wrong), /is no NAME/);
  });

  it('has two ends', () => {
    assert.deepEqual(readPorts('8080:80'), { local: 8080, far: '80' });
    assert.deepEqual(readPorts('80'), { local: 80, far: '80' });
    assert.deepEqual(readPorts(':http'), { local: 0, far: 'http' });
    assert.deepEqual(readPorts('http'), { local: 0, far: 'http' });
    for (const wrong of ['', '8080:', '99999:1', '1:99999', 'a b']) assert.throws(() => readPorts(wrong), /is no port/);
  });

  it('goes to the port that is meant', () => {
    const both = service([
      { name: 'http', port: 80 },
      { name: 'metrics', port: 9090 },
    ]);
    assert.equal(choosePort(both, 'metrics').port, 9090);
    assert.equal(choosePort(both, '80').name, 'http');
    assert.equal(choosePort(service([{ port: 5 }]), undefined).port, 5);
    assert.throws(() => choosePort(both, undefined), /say which port: 80 \(http\), 9090 \(metrics\)/);
    assert.throws(() => choosePort(both, '81'), /it has no port 81, only 80/);
  });
});
