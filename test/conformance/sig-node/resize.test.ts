/** Containers that get more or less while they run. */
import assert from 'node:assert/strict';
import { container, core, type More, pod, podSpec, runPod } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

interface Amounts {
  readonly requests?: Record<string, string>;
  readonly limits?: Record<string, string>;
}
type Status = { name: string; restartCount: number; resources?: Amounts };

const statusOf = (one: ApiObject, name: string): Status | undefined =>
  one['status'].containerStatuses?.find((each: Status) => each.name === name);

/** Tells share, quota and memory limit, in the words of either version of control groups. */
const tell = `if [ -e /sys/fs/cgroup/cgroup.controllers ]; then cat /sys/fs/cgroup/cpu.weight /sys/fs/cgroup/cpu.max /sys/fs/cgroup/memory.max;
else cat /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/memory/memory.limit_in_bytes; fi`;

const milli = (text: string): number => (text.endsWith('m') ? Number(text.slice(0, -1)) : Number(text) * 1000);
const mebi = (text: string): number => Number(text.replace('Mi', '')) * 2 ** 20;

/** What a container's groups say when they hold `amounts`. */
function inKernel({ requests = {}, limits = {} }: Amounts): (text: string) => boolean {
  const shares = Math.max(2, Math.floor((milli(requests['cpu'] ?? limits['cpu'] ?? '0') * 1024) / 1000));
  const quota = limits['cpu'] === undefined ? undefined : milli(limits['cpu']) * 100;
  const memory = limits['memory'] === undefined ? undefined : mebi(limits['memory']);
  return (text) => {
    const [first = '', second = '', third = ''] = text.trim().split('\n');
    const v2 = second.includes(' ');
    // runtimes turn shares into weights of version 2 by different curves
    const share = v2 ? Number(first) > 0 : Number(first) === shares;
    const cpu = v2 ? second === `${quota ?? 'max'} 100000` : Number(second) === (quota ?? -1);
    return share && cpu && (memory === undefined || Number(third) === memory);
  };
}

/** Waits until status and kernel hold what is wanted of a container; it was not restarted. */
async function holds(cluster: Cluster, name: string, of: string, wanted: Amounts): Promise<void> {
  const same = (a: object | undefined, b: object | undefined): boolean =>
    JSON.stringify(a ?? {}) === JSON.stringify(b ?? {});
  await cluster.eventually(core(cluster, 'pods', name), (one) => {
    const found = statusOf(one, of)?.resources;
    return same(found?.requests, wanted.requests) && same(found?.limits, wanted.limits);
  });
  const fits = inKernel(wanted);
  await until(() => fits(cluster.kubectl(['exec', name, '-c', of, '--', 'sh', '-c', tell])));
  const now = await cluster.ok('GET', core(cluster, 'pods', name));
  assert.equal(statusOf(now, of)?.restartCount, 0);
  const pending = now['status'].conditions.filter(({ type }: { type: string }) => type.startsWith('PodResize'));
  await until(
    async () => pending.length === 0 || !hasResizeCondition(await cluster.ok('GET', core(cluster, 'pods', name))),
  );
}

const hasResizeCondition = (one: ApiObject): boolean =>
  one['status'].conditions.some(({ type }: { type: string }) => type.startsWith('PodResize'));

const amounts = (cpu: [string, string], memory: [string, string]): Amounts => ({
  requests: { cpu: cpu[0], memory: memory[0] },
  limits: { cpu: cpu[1], memory: memory[1] },
});
const withResources = (name: string, resources: Amounts): More => container(undefined, { name, resources });

conformance('[sig-node] pod_resize.go: resize many containers', async (cluster) => {
  const path = core(cluster, 'pods', 'resized');
  const before: Record<string, Amounts> = {
    c1: amounts(['20m', '40m'], ['32Mi', '64Mi']),
    c2: amounts(['20m', '40m'], ['32Mi', '64Mi']),
    c3: { requests: { cpu: '20m', memory: '32Mi' } },
  };
  const after: Record<string, Amounts> = {
    c1: amounts(['30m', '60m'], ['32Mi', '64Mi']),
    c2: amounts(['10m', '30m'], ['48Mi', '96Mi']),
    c3: { requests: { cpu: '40m', memory: '48Mi' } },
  };
  const containers = Object.entries(before).map(([name, resources]) => withResources(name, resources));
  await runPod(cluster, pod('resized', podSpec(undefined, { containers })));
  for (const wanted of [before, after, before]) {
    const patch = { spec: { containers: Object.entries(wanted).map(([name, resources]) => ({ name, resources })) } };
    await cluster.patch('strategic', `${path}/resize`, patch);
    for (const [name, resources] of Object.entries(wanted)) await holds(cluster, 'resized', name, resources);
  }
});

conformance('[sig-node] pod_resize.go: resize with equivalents', async (cluster) => {
  const path = core(cluster, 'pods', 'equal');
  const small = (cpu: string): Amounts => ({ requests: { cpu } });
  await runPod(cluster, pod('equal', podSpec(undefined, { containers: [withResources('c1', small('2m'))] })));
  await holds(cluster, 'equal', 'c1', small('2m'));
  await cluster.patch('strategic', `${path}/resize`, {
    spec: { containers: [{ name: 'c1', resources: small('1m') }] },
  });
  await holds(cluster, 'equal', 'c1', small('1m'));
});

conformance('[sig-node] pod_resize.go: resize get and replace', async (cluster) => {
  const path = core(cluster, 'pods', 'replaced');
  const before = amounts(['20m', '40m'], ['32Mi', '64Mi']);
  const after = amounts(['30m', '50m'], ['40Mi', '80Mi']);
  await runPod(cluster, pod('replaced', podSpec(undefined, { containers: [withResources('c1', before)] })));
  let answer: ApiObject | undefined;
  await until(async () => {
    const now = await cluster.ok('GET', `${path}/resize`);
    now['spec'].containers[0].resources = after;
    const put = await cluster.api('PUT', `${path}/resize`, now);
    answer = put.body;
    return put.status === 200;
  });
  assert.deepEqual(answer?.['spec'].containers[0].resources, after);
  await holds(cluster, 'replaced', 'c1', after);
  const [main, resize] = [await cluster.ok('GET', path), await cluster.ok('GET', `${path}/resize`)];
  assert.deepEqual(resize['spec'], main['spec']);
  assert.equal(resize.metadata.resourceVersion, main.metadata.resourceVersion);
});
