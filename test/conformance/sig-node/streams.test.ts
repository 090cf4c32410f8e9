/** Commands in containers over WebSocket. */
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { core, pod, runPod } from '../objects.ts';
import { conformance } from '../suite.ts';

conformance('[sig-node] pods.go: exec over websocket', async (cluster) => {
  await runPod(cluster, pod('exec'));
  const query = ['command=echo', 'command=remote+execution+test', 'stdout=1', 'stderr=1'].join('&');
  const { url, tls } = cluster.address(`${core(cluster, 'pods', 'exec')}/exec?${query}`);
  const socket = new WebSocket(url, ['channel.k8s.io'], tls);
  const output: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      if (data.length <= 1) return;
      if (data[0] === 1) output.push(data.subarray(1));
      else if (data[0] !== 3) reject(new Error(`bytes on channel ${data[0]}: ${data.toString()}`));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
  assert.equal(socket.protocol, 'channel.k8s.io');
  assert.equal(Buffer.concat(output).toString(), 'remote execution test\n');
});
