/** The documents of a node: one look, told in each of a kubelet's forms. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { createNodeDocuments } from '../../../agent/resources/documents/node-documents.ts';
import { serveKubelet } from '../../../agent/pods/streams/kubelet-stream.ts';
import type { FramedStream } from '../../../agent/link/link.ts';
import { channels } from '../../../hub/api/channels.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { manualClock } from '../../support/manual-clock.ts';

const pod = { uid: 'u', namespace: 'default', name: 'p' };
const started = Date.UTC(2026, 0, 1);

function documents() {
  const clock = manualClock(started + 60_000);
  const usage = { id: 'c1', pod, name: 'main', cpu: 1.5, memory: 2048, disk: 512 };
  const container = { id: 'c1', shownId: 'fake://1', pod, name: 'main', attempt: 0, image: 'busybox:1', imageId: '' };
  return createNodeDocuments({
    node: 'n1',
    dir: tmpdir(),
    runtime: {
      images: undefined,
      list: async () => ({ sandboxes: [], containers: [{ ...container, state: 'running', startedAt: started }] }),
      stats: async () => [usage],
    },
    pods: () => [{ apiVersion: 'v1', kind: 'Pod', metadata: pod, spec: { containers: [] } }],
    rates: () => ({ node: 0.5, containers: new Map([['c1', 0.25]]) }),
    configuration: () => ({ kind: 'KubeletConfiguration' }),
    clock,
  });
}

test('the summary tells node, Pods and containers', async () => {
  const { node, pods } = JSON.parse((await documents()('stats/summary'))?.body ?? '');
  assert.equal(node.nodeName, 'n1');
  assert.equal(node.cpu.usageNanoCores, 500_000_000);
  assert.ok(node.memory.workingSetBytes > 0 && node.fs.capacityBytes > 0);
  const [{ podRef, cpu, memory, containers, ...rest }] = pods;
  assert.deepEqual(podRef, { name: 'p', namespace: 'default', uid: 'u' });
  assert.deepEqual([cpu.usageNanoCores, cpu.usageCoreNanoSeconds], [250_000_000, 1_500_000_000]);
  assert.equal(memory.workingSetBytes, 2048);
  assert.equal(rest['ephemeral-storage'].usedBytes, 512);
  assert.equal(containers[0].startTime, '2026-01-01T00:00:00Z');
  assert.equal(containers[0].rootfs.usedBytes, 512);
});

test('metrics have their names, labels and times', async () => {
  const at = started + 60_000;
  const resource = (await documents()('metrics/resource'))?.body ?? '';
  const names = 'container="main",namespace="default",pod="p"';
  assert.ok(resource.includes(`container_cpu_usage_seconds_total{${names}} 1.5 ${at}\n`));
  assert.ok(resource.includes(`pod_memory_working_set_bytes{namespace="default",pod="p"} 2048 ${at}\n`));
  const cadvisor = (await documents()('metrics/cadvisor'))?.body ?? '';
  const labels = 'container="main",id="/kubepods/podu/c1",image="busybox:1",name="c1",namespace="default",pod="p"';
  assert.ok(cadvisor.includes(`container_memory_working_set_bytes{${labels}} 2048 ${at}\n`));
  assert.ok(cadvisor.includes(`container_fs_usage_bytes{${labels}} 512 ${at}\n`));
  assert.match(
    (await documents()('metrics'))?.body ?? '',
    /^kubelet_running_containers\{container_state="running"\} 1$/m,
  );
});

test('a request is answered with a head and a body, or 404', async () => {
  const answer = async (path: string): Promise<{ head: unknown; body: string }> => {
    const frames: [number, Buffer][] = [];
    const stream = {
      send: (channel: number, data: Buffer) => frames.push([channel, data]) > 0,
    } as unknown as FramedStream;
    const request = {
      id: '',
      kind: 'kubelet' as const,
      namespace: '',
      pod: '',
      uid: '',
      container: '',
      options: { path, query: '' },
    };
    const logs = { runtime: undefined as never, clock: systemClock, boot: '', find: () => undefined };
    await serveKubelet({ logs, documents: documents() }, request, stream, new AbortController().signal);
    const of = (channel: number): Buffer =>
      Buffer.concat(frames.filter(([one]) => one === channel).map(([, data]) => data));
    return { head: JSON.parse(of(channels.head).toString()), body: of(channels.stdout).toString() };
  };
  assert.deepEqual(await answer('/healthz/'), { head: { status: 200, type: 'text/plain; charset=utf-8' }, body: 'ok' });
  assert.equal(JSON.parse((await answer('/pods')).body).items[0].metadata.name, 'p');
  assert.deepEqual((await answer('/none')).body, '404 page not found\n');
  await assert.rejects(answer('/%zz'), /invalid URL escape/);
});
