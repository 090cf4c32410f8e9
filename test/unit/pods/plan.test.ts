/** What the agent does next, told as stories of one Pod. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StepRunner } from '../../../agent/pods/step.ts';
import { shellPod, shellContainer } from '../../support/shell-pod.ts';
import { PodStory } from '../../support/pod-story.ts';

const init = (name: string, sidecar = false) =>
  shellContainer('true', { name, ...(sidecar ? { restartPolicy: 'Always' } : {}) });
const crash = { delay: 10_000, since: Date.UTC(2026, 0, 1) };

describe('a new Pod', () => {
  it('gets a sandbox, its volumes and its containers', () => {
    const story = new PodStory(
      shellPod({ spec: { containers: [shellContainer('a', { name: 'a' }), shellContainer('b', { name: 'b' })] } }),
    );
    story.volumes = false;
    assert.deepEqual(story.words(0), ['sandbox', 'volumes', 'start a#0', 'start b#0']);
  });

  it('is left alone once everything runs', () => {
    assert.deepEqual(new PodStory(shellPod()).runs('main').words(5), []);
  });

  it('goes on with an attempt that was written down but never made', () => {
    const story = new PodStory(shellPod()).written('main', { id: 'x', attempt: 2 });
    story.sandbox = 'ready';
    const [step] = story.plan(1);
    assert.deepEqual(story.words(1), ['start main#2']);
    assert.equal(step?.kind === 'start' ? step.id : '', 'x');
  });

  it('waits while a step that failed backs off, then tries again', () => {
    const story = new PodStory(shellPod());
    story.problems.set('main', {
      reason: 'CreateContainerConfigError',
      message: 'm',
      failures: 1,
      until: Date.UTC(2026, 0, 1) + 5000,
    });
    assert.deepEqual(story.words(1), ['wait 5']);
    assert.deepEqual(story.words(5), ['sandbox', 'volumes', 'start main#0']);
  });

  it('stops a stray older attempt before another one starts', () => {
    const story = new PodStory(shellPod()).runs('main').written('main', { id: 'main-1', attempt: 1 });
    assert.deepEqual(story.words(1), ['stop main 30']);
  });
});

describe('init containers', () => {
  const pod = () => shellPod({ spec: { initContainers: [init('one'), init('two')] } });

  it('run one after the other before the others', () => {
    const story = new PodStory(pod());
    story.sandbox = 'ready';
    assert.deepEqual(story.words(0), ['start one#0']);
    story.runs('one');
    assert.deepEqual(story.words(1), []);
    story.exits('one', 0, 2);
    assert.deepEqual(story.words(2), ['record one', 'start two#0']);
    story.runs('two', 3).exits('two', 0, 4);
    assert.ok(story.words(4).includes('start main#0'));
  });

  it('are tried again when they fail, unless the Pod is never restarted', () => {
    const story = new PodStory(pod()).runs('one').exits('one', 1, 1);
    assert.deepEqual(story.words(1), ['record one', 'start one#1']);
    const never = new PodStory(shellPod({ spec: { initContainers: [init('one')], restartPolicy: 'Never' } }));
    never.runs('one').exits('one', 1, 1);
    assert.deepEqual(never.words(1), ['record one', 'release']);
    assert.equal(never.status(1).phase, 'Failed');
  });

  it('that are sidecars go on beside the others and end after them', () => {
    const story = new PodStory(
      shellPod({ spec: { initContainers: [init('side', true), init('other', true)], restartPolicy: 'Never' } }),
    );
    story.sandbox = 'ready';
    assert.deepEqual(story.words(0), ['start side#0']);
    story.runs('side');
    assert.deepEqual(story.words(1), ['start other#0']);
    story.runs('other');
    assert.deepEqual(story.words(1), ['start main#0']);
    story.runs('main').exits('main', 0, 5);
    assert.deepEqual(story.words(6), ['record main', 'stop other 30']);
    story.exits('other', 143, 7);
    assert.ok(story.words(7).includes('stop side 30'));
  });
});

describe('a container that ended', () => {
  it('starts again at once the first time, later after a doubling delay of at most five minutes', () => {
    const story = new PodStory(shellPod()).runs('main').exits('main', 1, 3);
    const [, again] = story.plan(3);
    assert.deepEqual(again?.kind === 'start' ? again.backoff : undefined, { delay: 10_000, since: crash.since + 3000 });
    for (const [delay, next] of [
      [10, 20],
      [160, 300],
      [300, 300],
    ] as const) {
      const crashing = new PodStory(shellPod())
        .runs('main', 1, { backoff: { ...crash, delay: delay * 1000 } })
        .exits('main', 1, 2);
      assert.deepEqual(crashing.words(2), ['record main', `wait ${2 + delay}`]);
      const [, start] = crashing.plan(2 + delay);
      assert.equal(start?.kind === 'start' ? start.backoff?.delay : 0, next * 1000);
    }
  });

  it('is forgiven its crashes after ten minutes', () => {
    const story = new PodStory(shellPod())
      .runs('main', 0, { backoff: { ...crash, delay: 300_000 } })
      .exits('main', 1, 601);
    const [, start] = story.plan(601);
    assert.equal(start?.kind === 'start' ? start.backoff?.delay : 0, 10_000);
  });

  it('stays as it is where the policy says so', () => {
    const ended = (restartPolicy: string, code: number): string[] =>
      new PodStory(shellPod({ spec: { restartPolicy } }))
        .runs('main')
        .exits('main', code, 1)
        .written('main', { ended: { exitCode: code } })
        .words(1);
    assert.deepEqual(ended('Never', 1), ['release']);
    assert.deepEqual(ended('OnFailure', 0), ['release']);
    assert.deepEqual(ended('OnFailure', 1), ['start main#1']);
    assert.deepEqual(ended('Always', 0), ['start main#1']);
  });

  it('waits when what it holds cannot be given back yet', () => {
    const story = new PodStory(shellPod({ spec: { restartPolicy: 'Never' } })).runs('main').exits('main', 0, 1);
    story.written('main', { ended: { exitCode: 0 } });
    const until = Date.UTC(2026, 0, 1) + 5000;
    story.problems.set('', { reason: 'ContainerCreating', message: 'in use', failures: 1, until });
    assert.deepEqual(story.words(2), ['wait 5']);
    assert.deepEqual(story.words(5), ['release']);
  });

  it('keeps the log of the attempt before and no older one', () => {
    const story = new PodStory(shellPod())
      .runs('main')
      .exits('main', 1, 1)
      .runs('main', 2, { attempt: 1, id: 'main-1' })
      .exits('main', 1, 3);
    story.runs('main', 4, { attempt: 2, id: 'main-2' });
    assert.deepEqual(story.words(5), ['remove main-0']);
  });
});

describe('after the machine was restarted', () => {
  it('containers start again at once with one more restart, whatever back-off there was', () => {
    const story = new PodStory(shellPod()).runs('main', 0, { backoff: { ...crash, delay: 300_000 } });
    story.boot = 'boot-2';
    story.sandbox = 'stale';
    story.exits('main', 255, 5, 'Unknown');
    assert.deepEqual(story.words(5), ['record main', 'sandbox', 'volumes', 'start main#1']);
  });

  it('the same happens when the runtime has forgotten them', () => {
    const story = new PodStory(shellPod()).written('main', {});
    story.boot = 'boot-2';
    assert.deepEqual(story.words(5), ['record main', 'sandbox', 'volumes', 'start main#1']);
  });

  it('init containers run again before the others', () => {
    const story = new PodStory(shellPod({ spec: { initContainers: [init('one')] } }))
      .runs('one')
      .exits('one', 0, 1)
      .runs('main', 2);
    story.boot = 'boot-2';
    story.sandbox = 'stale';
    story.exits('main', 255, 5, 'Unknown');
    assert.deepEqual(story.words(5).slice(2), ['sandbox', 'volumes', 'start one#1']);
  });

  it('a Pod that is never restarted has failed', () => {
    const story = new PodStory(shellPod({ spec: { restartPolicy: 'Never' } })).runs('main');
    story.boot = 'boot-2';
    story.exits('main', 255, 5, 'Unknown');
    assert.deepEqual(story.words(5), ['record main', 'release']);
    assert.equal(story.status(5).phase, 'Failed');
  });
});

describe('a Pod that is to end', () => {
  it('stops its containers within the grace, then leaves nothing behind', () => {
    const story = new PodStory(
      shellPod({ metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 20 } }),
    ).runs('main');
    assert.deepEqual(story.words(10), ['terminate', 'stop main 20']);
    story.checkpoint = { ...story.checkpoint, terminating: { since: Date.UTC(2026, 0, 1) + 10_000, grace: 20 } };
    assert.deepEqual(story.words(15), ['stop main 15']);
    story.exits('main', 143, 16);
    assert.deepEqual(story.words(16), ['record main', 'teardown']);
  });

  it('gets a shorter grace when one is asked for later', () => {
    const story = new PodStory(shellPod({ metadata: { deletionTimestamp: 'x', deletionGracePeriodSeconds: 0 } })).runs(
      'main',
    );
    story.checkpoint = { ...story.checkpoint, terminating: { since: Date.UTC(2026, 0, 1), grace: 30 } };
    assert.deepEqual(story.words(5), ['terminate', 'stop main 0']);
  });

  it('ends too when the hub took it away', () => {
    const story = new PodStory(shellPod()).runs('main');
    story.wanted = false;
    assert.deepEqual(story.words(1), ['terminate', 'stop main 30']);
  });

  it('never starts again, not even after a restart of the machine', () => {
    const story = new PodStory(shellPod({ metadata: { deletionTimestamp: 'x' } })).written('main', {});
    story.boot = 'boot-2';
    assert.deepEqual(story.words(1), ['record main', 'terminate', 'teardown']);
  });
});

describe('a deadline', () => {
  it('is waited for and then fails the Pod', () => {
    const story = new PodStory(shellPod({ spec: { activeDeadlineSeconds: 60 } })).runs('main');
    assert.deepEqual(story.words(1), ['wait 60']);
    assert.deepEqual(story.words(60), ['fail DeadlineExceeded']);
    story.checkpoint = { ...story.checkpoint, failed: { reason: 'DeadlineExceeded', message: 'm' } };
    assert.deepEqual(story.words(61), ['stop main 30']);
    assert.equal(story.status(61).phase, 'Failed');
  });
});

describe('the doer of steps', () => {
  it('does not compile without a kind', () => {
    const all = {
      sandbox() {},
      volumes() {},
      start() {},
      hook() {},
      hooked() {},
      record() {},
      prestop() {},
      stop() {},
      remove() {},
      grant() {},
      resize() {},
      fail() {},
      terminate() {},
      release() {},
      teardown() {},
    };
    // @ts-expect-error wait is missing
    const runner: StepRunner = all;
    assert.ok(runner);
  });
});
