/** Commands in containers over WebSocket. */
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { core, pod, podSpec, runPod } from '../objects.ts';
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

conformance('[sig-node] pods.go: logs over websocket', async (cluster) => {
  const script = 'echo container is alive; sleep 10000';
  await runPod(cluster, pod('logs', podSpec(script)));
  const { url, tls } = cluster.address(`${core(cluster, 'pods', 'logs')}/log?container=main`);
  const socket = new WebSocket(url, ['binary.k8s.io'], tls);
  const output: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary) reject(new Error(`text in a binary protocol: ${data.toString()}`));
      else output.push(data);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
  assert.equal(socket.protocol, 'binary.k8s.io');
  assert.equal(Buffer.concat(output).toString(), 'container is alive\n');
});
