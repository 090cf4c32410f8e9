/** What a node tells of itself and its Pods: `kubectl top`, and the documents of a kubelet through `nodes/proxy`. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { dataDir } from '../../../hub/base/data-dir.ts';
import { startHub, type TestHub } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { ready, shellPod } from '../../support/stream-pods.ts';

describe('a node', () => {
  let hub: TestHub;
  let node = '';
  const get = (path: string): Promise<string> => hub.kubectl(['get', '--raw', path]);
  const proxied = (path: string): Promise<string> => get(`/api/v1/nodes/${node}/proxy/${path}`);

  before(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'coracle-top-'));
    const { settings } = dataDir(dir).agent;
    mkdirSync(dirname(settings), { recursive: true });
    writeFileSync(settings, JSON.stringify({ usageInterval: 5 }));
    hub = await startHub(['--runtime', 'process'], dir);
    await ready(hub, shellPod('busy', { one: 'echo hello; while :; do :; done', two: 'sleep 1000' }));
    node = await hub.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}']);
    await eventually('its figures are told', () => hub.kubectl(['top', 'pod', 'busy']).catch(() => undefined), 60_000);
  });
  after(() => hub?.stop());

  it('is seen by kubectl top, with its Pods and their containers', async () => {
    assert.match(await hub.kubectl(['top', 'nodes']), new RegExp(`^NAME .*CPU\\(cores\\).*\\n${node} +\\d+m +\\d+%`));
    await eventually('the busy one works', async () => {
      const lines = (await hub.kubectl(['top', 'pods', '--containers', '--no-headers'])).trim().split('\n');
      const [first = ''] = lines.filter((line) => /^busy +one +\d{2,}m +\d+Mi/.test(line));
      return lines.length === 2 && first !== '';
    });
    assert.match(await hub.kubectl(['top', 'pods', '-l', 'app=busy', '--no-headers']), /^busy +\d+m +\d+Mi *\n$/);
    assert.match(await hub.kubectl(['get', 'nodes.metrics.k8s.io']), /^NAME +CPU +MEMORY +WINDOW\n.* 5s\n$/);
    assert.match(
      await hub.kubectl(['api-resources', '--api-group=metrics.k8s.io', '--no-headers']),
      /NodeMetrics(.|\n)*PodMetrics/,
    );
    await assert.rejects(hub.kubectl(['top', 'pod', 'none']), /pods "default\/none" not found/);
    await assert.rejects(hub.kubectl(['auth', 'can-i', 'list', 'pods.metrics.k8s.io', '--as=u', '--as-group=g']));
    const role = JSON.parse(await hub.kubectl(['get', 'clusterrole', 'view', '-o', 'json'])) as {
      rules: { apiGroups?: string[] }[];
    };
    assert.ok(role.rules.some(({ apiGroups }) => apiGroups?.includes('metrics.k8s.io')));
  });

  it('sums up itself and its Pods', async () => {
    const summary = JSON.parse(await proxied('stats/summary'));
    assert.equal(summary.node.nodeName, node);
    assert.ok(summary.node.cpu.usageNanoCores > 0);
    assert.ok(summary.node.memory.workingSetBytes > 0);
    assert.ok(summary.node.fs.capacityBytes > summary.node.fs.usedBytes);
    const [pod] = summary.pods;
    assert.deepEqual([pod.podRef.name, pod.podRef.namespace], ['busy', 'default']);
    const one = pod.containers.find((container: { name: string }) => container.name === 'one');
    assert.ok(one.cpu.usageCoreNanoSeconds > 0);
    assert.ok(one.memory.workingSetBytes > 0);
    assert.ok(one.startTime);
  });

  it('has metrics under the names kubelets and cAdvisor have for them', async () => {
    const labels = '\\{container="one",namespace="default",pod="busy"\\}';
    const resource = await proxied('metrics/resource');
    assert.match(resource, new RegExp(`^container_cpu_usage_seconds_total${labels} [\\d.e+-]+ \\d{13}$`, 'm'));
    assert.match(resource, /^pod_memory_working_set_bytes\{namespace="default",pod="busy"\} \d+ \d{13}$/m);
    assert.match(resource, /^node_memory_working_set_bytes \d+ \d{13}$/m);
    const containers = await proxied('metrics/cadvisor');
    assert.match(
      containers,
      /^container_cpu_usage_seconds_total\{container="one",id="[^"]+",image="[^"]+",name="[0-9a-f]{64}",namespace="default",pod="busy",cpu="total"\} /m,
    );
    assert.match(containers, /^machine_cpu_cores \d+$/m);
    const own = await proxied('metrics');
    assert.match(own, /^process_resident_memory_bytes \d+$/m);
    assert.match(own, /^kubelet_running_pods 1$/m);
  });

  it('answers the rest of a kubelet, and nothing else', async () => {
    assert.equal(await proxied('healthz'), 'ok');
    const pods = JSON.parse(await proxied('pods'));
    assert.equal(pods.kind, 'PodList');
    assert.deepEqual(
      pods.items.map((pod: { metadata: { name: string } }) => pod.metadata.name),
      ['busy'],
    );
    assert.equal(pods.items[0].status.phase, 'Running');
    assert.equal(JSON.parse(await proxied('configz')).kubeletconfig.kind, 'KubeletConfiguration');
    assert.equal(await proxied('containerLogs/default/busy/one?tailLines=1'), 'hello\n');
    assert.equal(await get(`/api/v1/nodes/https:${node}:10250/proxy/healthz`), 'ok');
    await assert.rejects(proxied('none'), /the server could not find the requested resource|NotFound/);
    await assert.rejects(proxied('containerLogs/default/busy/none'), /container none is not valid for pod busy/);
    await assert.rejects(get('/api/v1/nodes/none/proxy/healthz'), /nodes "none" not found/);
  });
});
