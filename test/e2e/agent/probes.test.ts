/** Probes of host processes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodStatus } from '../../../hub/api/pod.ts';
import { nodeDirectory } from '../../support/lone-node.ts';
import { shellPod, shellContainer } from '../../support/shell-pod.ts';

const volumes = [{ name: 'work', emptyDir: {} }];
const volumeMounts = [{ name: 'work', mountPath: '/work' }];
const isReady = ({ conditions }: PodStatus): boolean =>
  conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

describe('a container with probes', () => {
  it('is ready when its readiness probe says so, and not before', async (test) => {
    const node = await nodeDirectory(test).start();
    const readinessProbe = { exec: { command: ['sh', '-c', 'test -e $CORACLE_VOLUME_WORK/ok'] }, periodSeconds: 1 };
    const script = 'sleep 1.5; touch $CORACLE_VOLUME_WORK/ok; sleep 1000';
    const pod = shellPod({ spec: { containers: [shellContainer(script, { readinessProbe, volumeMounts })], volumes } });
    await node.bind(pod);
    await node.until('running but not ready', pod, (status) => status.phase === 'Running' && !isReady(status));
    await node.until('ready', pod, isReady);
    assert.ok(
      node.events.some(({ reason, message }) => reason === 'Unhealthy' && message.startsWith('Readiness probe failed')),
    );
  });

  it('is restarted when its liveness probe gives up', async (test) => {
    const node = await nodeDirectory(test).start();
    const livenessProbe = { tcpSocket: { host: '127.0.0.1', port: 1 }, periodSeconds: 1, failureThreshold: 1 };
    const pod = shellPod({ spec: { containers: [shellContainer('sleep 1000', { livenessProbe })] } });
    await node.bind(pod);
    const status = await node.until('a restart', pod, (found) => (found.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    assert.equal(status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 143);
    assert.ok(
      node.events.some(({ reason, message }) => reason === 'Killing' && message.includes('failed liveness probe')),
    );
  });
});
