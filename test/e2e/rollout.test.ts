/** Rollouts over 22 nodes with the real kubectl: never more away than allowed, status, history, undo, pause. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Deployment } from '../../hub/api/workload.ts';
import { ApiClient } from '../support/api-client.ts';
import { example, noKubectl, startHub, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetProcess, fogNodes, startFleetProcess } from '../support/fleet-process.ts';
import { type PodWatch, watchPods } from '../support/pod-watch.ts';

let hub: TestHub;
let fleet: FleetProcess;
let client: ApiClient;

before(async () => {
  hub = await startHub(['--no-agent']);
  fleet = await startFleetProcess(hub, { nodes: ['g-termln', ...fogNodes], startDelay: 100 });
  client = new ApiClient(hub.dir);
});
after(async () => {
  client?.close();
  await fleet?.stop();
  await hub?.stop();
});

const settle = (workload: string): Promise<string> => hub.kubectl(['rollout', 'status', workload, '--timeout=60s']);
const revisions = async (workload: string): Promise<string[]> =>
  (await hub.kubectl(['rollout', 'history', workload]))
    .split('\n')
    .flatMap((line) => /^(\d+) +\S/.exec(line)?.[1] ?? []);
/** What each Pod runs: its first container's image, or a variable of it. */
const running = (watch: PodWatch, variable?: string): string[] => {
  const value = (name: string) => (env: { name: string; value?: string }) =>
    env.name === name ? (env.value ?? '') : [];
  return [...watch.pods.values()].flatMap(({ spec }) => {
    const [first] = spec.containers;
    return variable === undefined ? (first?.image ?? '') : (first?.env ?? []).flatMap(value(variable));
  });
};

describe('a new version of a DaemonSet on 22 nodes with maxUnavailable 20 %', { skip: noKubectl }, () => {
  let watch: PodWatch;
  before(async () => {
    await hub.kubectl(['apply', '-f', example('latency-daemonset.yaml')]);
    await settle('daemonset/latency');
    watch = watchPods(client, 'app=latency');
    await eventually('the watch to hold all Pods', () => watch.pods.size === 22);
  });
  after(() => watch?.close());

  it('rolls out with never more than five nodes without a ready Pod, and some at a time', async () => {
    const counts = watch.begin();
    await hub.kubectl(['set', 'env', 'daemonset/latency', 'VERSION=2']);
    assert.match(await settle('daemonset/latency'), /daemon set "latency" successfully rolled out/);
    await eventually('all to run version 2', () => running(watch, 'VERSION').join('') === '2'.repeat(22));
    assert.ok(counts.least >= 22 - 5, `${22 - counts.least} were away at once`);
    assert.ok(counts.least <= 22 - 2, 'it goes on several nodes at a time');
    assert.equal(counts.made.size, 22, 'each node got one new Pod');
  });

  it('is in the history and can be undone under the same rule', async () => {
    assert.deepEqual(await revisions('daemonset/latency'), ['1', '2']);
    assert.match(await hub.kubectl(['rollout', 'history', 'daemonset/latency', '--revision=2']), /VERSION:\s+2/);
    const counts = watch.begin();
    assert.match(await hub.kubectl(['rollout', 'undo', 'daemonset/latency']), /rolled back/);
    await settle('daemonset/latency');
    await eventually('all to run version 1', () => running(watch, 'VERSION').join('') === '1'.repeat(22));
    assert.ok(counts.least >= 22 - 5, `${22 - counts.least} were away at once`);
    assert.deepEqual(await revisions('daemonset/latency'), ['2', '3']);
  });
});

describe('a new version of a Deployment of ten with maxSurge 30 % and maxUnavailable 25 %', { skip: noKubectl }, () => {
  let watch: PodWatch;
  const images = (): string[] => [...new Set(running(watch))];
  const allRun = (image: string) =>
    eventually(`all to run ${image}`, () => watch.pods.size === 10 && images().join() === image);
  const observed = () =>
    eventually('the controller to have seen it', async () => {
      const { body } = await client.call('GET', '/apis/apps/v1/namespaces/default/deployments/web');
      const { metadata, status } = body as Deployment;
      return status?.observedGeneration === metadata.generation;
    });

  before(async () => {
    await hub.kubectl(['apply', '-f', example('web.yaml')]);
    await hub.kubectl(['scale', 'deployment/web', '--replicas=10']);
    await settle('deployment/web');
    watch = watchPods(client, 'app=web');
    await eventually('the watch to hold all Pods', () => watch.pods.size === 10);
  });
  after(() => watch?.close());

  it('rolls out with at least eight ready and at most thirteen in all', async () => {
    const counts = watch.begin();
    await hub.kubectl(['set', 'image', 'deployment/web', 'web=python:3.14-alpine']);
    assert.match(await settle('deployment/web'), /deployment "web" successfully rolled out/);
    await allRun('python:3.14-alpine');
    assert.ok(counts.least >= 8, `only ${counts.least} were ready`);
    assert.ok(counts.most <= 13, `${counts.most} at once`);
    assert.ok(counts.most > 10, 'it surges');
  });

  it('waits while it is paused and goes on when resumed', async () => {
    await hub.kubectl(['rollout', 'pause', 'deployment/web']);
    const counts = watch.begin();
    await hub.kubectl(['set', 'image', 'deployment/web', 'web=python:3.15-alpine']);
    await observed();
    assert.deepEqual(images(), ['python:3.14-alpine']);
    await hub.kubectl(['scale', 'deployment/web', '--replicas=11']);
    await eventually('scaling to go on', () => watch.pods.size === 11);
    await hub.kubectl(['scale', 'deployment/web', '--replicas=10']);
    await eventually('scaling to go on', () => watch.pods.size === 10);
    assert.deepEqual(images(), ['python:3.14-alpine'], 'also what is added is of the old version');
    await hub.kubectl(['rollout', 'resume', 'deployment/web']);
    await settle('deployment/web');
    await allRun('python:3.15-alpine');
    assert.ok(counts.least >= 8, `only ${counts.least} were ready`);
  });

  it('can be undone, to the version before and to any in the history', async () => {
    assert.deepEqual(await revisions('deployment/web'), ['1', '2', '3']);
    await hub.kubectl(['rollout', 'undo', 'deployment/web']);
    await settle('deployment/web');
    await allRun('python:3.14-alpine');
    await hub.kubectl(['rollout', 'undo', 'deployment/web', '--to-revision=1']);
    await settle('deployment/web');
    await allRun('python:3.13-alpine');
    assert.deepEqual(await revisions('deployment/web'), ['3', '4', '5']);
  });

  it('restarts all Pods when asked to', async () => {
    const before = [...watch.pods.keys()];
    await hub.kubectl(['rollout', 'restart', 'deployment/web']);
    await settle('deployment/web');
    await eventually('new Pods', () => watch.pods.size === 10 && before.every((name) => !watch.pods.has(name)));
  });

  it('that never gets ready says so and leaves enough of the old ones', async () => {
    const patch = { spec: { progressDeadlineSeconds: 1 } };
    await hub.kubectl(['patch', 'deployment/web', '-p', JSON.stringify(patch)]);
    const tooMuch = ['set', 'resources', 'deployment/web', '--requests=cpu=100'];
    const counts = watch.begin();
    await hub.kubectl(tooMuch);
    await assert.rejects(settle('deployment/web'), /exceeded its progress deadline/);
    assert.ok(counts.least >= 8, `only ${counts.least} were ready`);
    await hub.kubectl(['rollout', 'undo', 'deployment/web']);
    await settle('deployment/web');
  });
});
