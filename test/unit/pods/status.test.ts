/** A Pod's status in the words of a kubelet, told as stories. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shellPod, shellContainer } from '../../support/shell-pod.ts';
import { PodStory } from '../../support/pod-story.ts';

const readiness = { readinessProbe: { httpGet: { port: 80 } } };

describe('the status of a Pod', () => {
  it('is Pending and ContainerCreating before anything runs', () => {
    const story = new PodStory(shellPod());
    const status = story.status(0);
    assert.equal(status.phase, 'Pending');
    assert.deepEqual(status.containerStatuses?.[0]?.state, { waiting: { reason: 'ContainerCreating' } });
    assert.equal(status.podIP, undefined);
    assert.equal(status.hostIP, '10.0.0.5');
    assert.equal(story.condition(0, 'Ready'), 'False ContainersNotReady');
    assert.equal(story.condition(0, 'PodReadyToStartContainers'), 'False');
    assert.equal(story.condition(0, 'PodScheduled'), 'True');
  });

  it('is Running and ready when all containers run', () => {
    const story = new PodStory(shellPod()).runs('main', 2);
    const status = story.status(3);
    assert.equal(status.phase, 'Running');
    assert.equal(status.qosClass, 'BestEffort');
    assert.equal(status.observedGeneration, 1);
    assert.equal(status.startTime, '2026-01-01T00:00:00Z');
    assert.deepEqual(status.podIPs, [{ ip: '10.0.0.5' }]);
    assert.deepEqual(status.containerStatuses?.[0], {
      containerID: 'process://main-0',
      image: 'example.org/shell:1',
      imageID: '',
      lastState: {},
      name: 'main',
      ready: true,
      resources: {},
      restartCount: 0,
      started: true,
      state: { running: { startedAt: '2026-01-01T00:00:02Z' } },
    });
    for (const type of ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'])
      assert.equal(story.condition(3, type), 'True');
  });

  it('names the containers that are not ready', () => {
    const containers = [shellContainer('a', { name: 'a', ...readiness }), shellContainer('b', { name: 'b' })];
    const story = new PodStory(shellPod({ spec: { containers } })).runs('a').runs('b');
    const ready = story.status(1).conditions?.find(({ type }) => type === 'Ready');
    assert.equal(ready?.message, 'containers with unready status: [a]');
    story.probes.set('a', { id: 'a-0', ready: true });
    assert.equal(story.condition(2, 'Ready'), 'True');
    story.probes.set('a', { id: 'another', ready: true });
    assert.equal(story.condition(2, 'Ready'), 'False ContainersNotReady');
  });

  it('waits for readiness gates others write', () => {
    const pod = shellPod({ spec: { readinessGates: [{ conditionType: 'example.org/lb' }] } });
    const story = new PodStory(pod).runs('main');
    assert.equal(story.condition(1, 'Ready'), 'False ReadinessGatesNotReady');
    assert.equal(story.condition(1, 'ContainersReady'), 'True');
    pod.status?.conditions?.push({ type: 'example.org/lb', status: 'True' });
    assert.equal(story.condition(1, 'Ready'), 'True');
    assert.equal(story.condition(1, 'example.org/lb'), 'True');
  });

  it('keeps the time of a condition while it stays', () => {
    const story = new PodStory(shellPod());
    const first = story.status(0);
    story.runs('main', 4);
    const time = (at: number, before: typeof first, type: string): string | undefined =>
      story.status(at, before).conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
    const second = story.status(5, first);
    assert.equal(time(5, first, 'Ready'), '2026-01-01T00:00:05Z');
    assert.equal(time(9, second, 'Ready'), '2026-01-01T00:00:05Z');
    assert.equal(time(9, second, 'Initialized'), '2026-01-01T00:00:00Z');
  });

  it('shows a crash loop with the exit before', () => {
    const since = Date.UTC(2026, 0, 1);
    const story = new PodStory(shellPod({ metadata: { uid: 'u' } }))
      .runs('main', 1, { attempt: 3, backoff: { delay: 40_000, since } })
      .exits('main', 7, 2);
    const status = story.status(3);
    assert.equal(status.phase, 'Running');
    const [container] = status.containerStatuses ?? [];
    assert.equal(container?.restartCount, 3);
    assert.deepEqual(container?.state, {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: 'back-off 40s restarting failed container=main pod=web_default(u)',
      },
    });
    assert.equal(container?.lastState?.terminated?.exitCode, 7);
  });

  it('is Succeeded or Failed once nothing will run again', () => {
    const spec = {
      restartPolicy: 'Never',
      containers: [shellContainer('a', { name: 'a' }), shellContainer('b', { name: 'b' })],
    };
    const story = new PodStory(shellPod({ spec })).runs('a').runs('b').exits('a', 0, 1);
    assert.equal(story.status(1).phase, 'Running');
    story.exits('b', 0, 2);
    assert.equal(story.status(2).phase, 'Succeeded');
    assert.equal(story.condition(2, 'Ready'), 'False PodCompleted');
    assert.equal(story.condition(2, 'Initialized'), 'True PodCompleted');
    story.exits('b', 1, 2);
    assert.equal(story.status(2).phase, 'Failed');
    assert.equal(story.condition(2, 'ContainersReady'), 'False PodFailed');
  });

  it('shows which init containers are not through', () => {
    const initContainers = [shellContainer('x', { name: 'one' }), shellContainer('y', { name: 'two' })];
    const story = new PodStory(shellPod({ spec: { initContainers } })).runs('one');
    const status = story.status(1);
    assert.equal(status.phase, 'Pending');
    assert.equal(status.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
    assert.equal(
      status.conditions?.find(({ type }) => type === 'Initialized')?.message,
      'containers with incomplete status: [one two]',
    );
    story.exits('one', 0, 2).runs('two', 2).exits('two', 0, 3);
    assert.equal(story.condition(3, 'Initialized'), 'True');
    assert.equal(story.status(3).initContainerStatuses?.[0]?.ready, true);
  });

  it('shows why a step fails', () => {
    const story = new PodStory(shellPod());
    story.problems.set('', { reason: 'ContainerCreating', message: 'configmap "x" not found', failures: 1, until: 0 });
    assert.deepEqual(story.status(1).containerStatuses?.[0]?.state, {
      waiting: { reason: 'ContainerCreating', message: 'configmap "x" not found' },
    });
  });

  it('that failed says why', () => {
    const story = new PodStory(shellPod()).runs('main');
    story.checkpoint = { ...story.checkpoint, failed: { reason: 'DeadlineExceeded', message: 'too long' } };
    const { phase, reason, message } = story.status(1);
    assert.deepEqual([phase, reason, message], ['Failed', 'DeadlineExceeded', 'too long']);
  });
});
