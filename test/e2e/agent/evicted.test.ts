/** Pods a node ends for its own sake, with real processes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeDirectory } from '../../support/lone-node.ts';
import { shellContainer, shellPod } from '../../support/shell-pod.ts';

const stubborn = (): ReturnType<typeof shellPod> =>
  shellPod({
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 60,
      containers: [shellContainer("trap '' TERM; while :; do sleep 1; done", { name: 'main' })],
    },
  });

describe('an evicted Pod', () => {
  it('fails with the reason it was given, and its containers get the grace they were given', async (test) => {
    const node = await nodeDirectory(test).start();
    const pod = stubborn();
    await node.bind(pod);
    await node.until('the Pod to run', pod, ({ phase }) => phase === 'Running');
    const uid = pod.metadata.uid ?? '';
    assert.deepEqual(
      [...node.pods.active()].map((each) => each.metadata.uid),
      [uid],
    );
    const disruption = { reason: 'TerminationByKubelet', message: 'low' };
    assert.equal(node.pods.evict(uid, { reason: 'Evicted', message: 'low', grace: 1, disruption }), true);
    const status = await node.until(
      'the Pod to have failed',
      pod,
      (now) => now.phase === 'Failed' && now.containerStatuses?.[0]?.state?.terminated !== undefined,
      20_000,
    );
    assert.deepEqual([status.reason, status.message], ['Evicted', 'low']);
    const condition = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
    assert.deepEqual([condition?.status, condition?.reason], ['True', 'TerminationByKubelet']);
    assert.ok(node.events.some(({ reason, type }) => reason === 'Evicted' && type === 'Warning'));
    assert.equal([...node.pods.active()].length, 0);
    assert.equal(node.pods.evict(uid, { reason: 'Evicted', message: 'again' }), false);
  });

  it('stays failed when the agent starts anew', async (test) => {
    const nodes = nodeDirectory(test);
    const node = await nodes.start();
    const pod = stubborn();
    await node.bind(pod);
    await node.until('the Pod to run', pod, ({ phase }) => phase === 'Running');
    node.pods.evict(pod.metadata.uid ?? '', { reason: 'Evicted', message: 'low', grace: 0 });
    await node.until('the Pod to have failed', pod, ({ phase }) => phase === 'Failed');
    await node.stop();
    const again = await nodes.start();
    const status = await again.until('the Pod to be told of', pod, ({ phase }) => phase === 'Failed');
    assert.equal(status.reason, 'Evicted');
  });
});
