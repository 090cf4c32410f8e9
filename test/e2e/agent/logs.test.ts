/** Logs of host processes as kubectl asks for them. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { shellPod } from '../../support/shell-pod.ts';
import { type LoneNode, nodeDirectory } from '../../support/lone-node.ts';

const aNode = (test: TestContext): Promise<LoneNode> => nodeDirectory(test).start();

describe('the log of a container', () => {
  it('is cut to the last lines, by bytes and by nothing', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({
      script: 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done; echo err >&2; printf end; sleep 1000',
    });
    await node.bind(pod);
    await node.until('running', pod, ({ phase }) => phase === 'Running');
    await node.logs(pod, { follow: 'true' }, (all) => all.endsWith('end'));
    assert.equal((await node.logs(pod, { tailLines: '3' })).text, 'line 4999\nerr\nend');
    assert.equal((await node.logs(pod, { tailLines: '0' })).text, '');
    assert.equal((await node.logs(pod, { limitBytes: '6' })).text, 'line 0');
    const { text } = await node.logs(pod, {});
    assert.equal(text.split('\n').length, 5002);
    assert.equal((await node.logs(pod, { tailLines: '4500' })).text.split('\n').length, 4500);
  });

  it('tells when lines arrived, right to about a second', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({ script: 'echo early; sleep 2.5; echo late; sleep 1000' });
    const began = Date.now();
    await node.bind(pod);
    await node.until('running', pod, ({ phase }) => phase === 'Running');
    await node.logs(pod, { follow: 'true' }, (all) => all.includes('late'));
    const lateAt = Date.now();
    const stamped = await eventually('both notes', async () => {
      const { text } = await node.logs(pod, { timestamps: 'true' });
      return text.includes('late') ? text : undefined;
    });
    const [early = '', late = ''] = stamped.split('\n');
    assert.match(early, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z early$/);
    const time = (line: string): number => Date.parse(line.split(' ')[0] ?? '');
    assert.ok(Math.abs(time(early) - began) < 1500, `${time(early) - began} ms`);
    assert.ok(Math.abs(time(late) - lateAt) < 1500, `${time(late) - lateAt} ms`);
    const since = new Date(began + 1800).toISOString();
    assert.equal((await node.logs(pod, { sinceTime: since })).text, 'late\n');
    assert.equal((await node.logs(pod, { sinceSeconds: '3600' })).text, 'early\nlate\n');
  });

  it('is followed until the container ends', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({ script: 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done' });
    pod.spec.restartPolicy = 'Never';
    await node.bind(pod);
    await node.until('started', pod, ({ phase }) => phase !== 'Pending');
    const { text, status } = await node.logs(pod, { follow: 'true' });
    assert.equal(text, '1\n2\n3\n4\n5\n');
    assert.equal(status, undefined);
  });

  it('of the attempt before is there after a restart', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({
      script:
        'if [ -e $CORACLE_VOLUME_WORK/x ]; then echo second; sleep 1000; fi; touch $CORACLE_VOLUME_WORK/x; echo first; exit 1',
    });
    pod.spec.volumes = [{ name: 'work', emptyDir: {} }];
    for (const container of pod.spec.containers) container.volumeMounts = [{ name: 'work', mountPath: '/work' }];
    await node.bind(pod);
    await node.until(
      'the second',
      pod,
      (found) =>
        found.containerStatuses?.[0]?.restartCount === 1 && found.containerStatuses[0].state?.running !== undefined,
    );
    assert.equal((await node.logs(pod, { previous: 'true' })).text, 'first\n');
    assert.equal((await node.logs(pod, { follow: 'true' }, (all) => all.includes('\n'))).text, 'second\n');
  });

  it('says in the words of a kubelet why there is none', async (test) => {
    const node = await aNode(test);
    const pod = shellPod();
    await node.bind(pod);
    await node.until('running', pod, ({ phase }) => phase === 'Running');
    const previous = await node.logs(pod, { previous: 'true' });
    assert.equal(previous.status?.message, 'previous terminated container "main" in pod "web" not found');
    assert.equal(previous.status?.code, 400);
    const other = await node.logs(pod, { container: 'other' });
    assert.equal(other.status?.message, 'container other is not valid for pod web');
    const strange = await node.logs(pod, { tailLines: '-1' });
    assert.equal(strange.status?.code, 400);
    const waiting = shellPod({ metadata: { name: 'waiting' }, spec: { containers: [{ name: 'main', image: 'x' }] } });
    await node.bind(waiting);
    await node.until(
      'waiting',
      waiting,
      (found) => found.containerStatuses?.[0]?.state?.waiting?.message !== undefined,
    );
    const answer = await node.logs(waiting, {});
    assert.match(
      answer.status?.message ?? '',
      /^container "main" in pod "waiting" is waiting to start: container "main" has no command/,
    );
  });
});
