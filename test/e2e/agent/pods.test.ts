/** Pods as real processes of this machine, without a hub. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { shellPod, shellContainer } from '../../support/shell-pod.ts';
import { eventually } from '../../support/eventually.ts';
import { type LoneNode, nodeDirectory } from '../../support/lone-node.ts';

async function aNode(test: TestContext): Promise<LoneNode & { dir: string }> {
  const { dir, start } = nodeDirectory(test);
  return { ...(await start()), dir };
}

describe('a Pod on a node', () => {
  it('runs with its environment and shows it in its log', async (test) => {
    const node = await aNode(test);
    const env = [
      { name: 'A', value: 'one' },
      { name: 'B', value: '$(A)-$(NONE)-$$(A)' },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'KEY', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } },
      { name: 'PASS', valueFrom: { secretKeyRef: { name: 'hidden', key: 'p' } } },
    ];
    const script = 'echo $A $B $NODE $KEY $PASS $HOSTNAME; cat $CORACLE_VOLUME_CONFIG/k; sleep 1000';
    const main = shellContainer(script, { env, volumeMounts: [{ name: 'config', mountPath: '/etc/config' }] });
    const pod = shellPod({
      spec: { containers: [main], volumes: [{ name: 'config', configMap: { name: 'settings' } }] },
    });
    const meta = (name: string): object => ({ namespace: 'default', name, resourceVersion: '1' });
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('settings'), data: { k: 'v' } };
    const hidden = { apiVersion: 'v1', kind: 'Secret', metadata: meta('hidden'), data: { p: 'c2VjcmV0' } };
    await node.bind(pod, settings, hidden);
    const status = await node.until('running', pod, ({ phase }) => phase === 'Running');
    assert.equal(status.podIP, '192.0.2.7');
    assert.equal(status.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
    assert.match(status.containerStatuses?.[0]?.containerID ?? '', /^process:\/\/[0-9a-f]{64}$/);
    const { text } = await node.logs(pod, { follow: 'true' }, (all) => all.endsWith('v'));
    assert.equal(text, 'one one-$(NONE)-$(A) node1 v secret web\nv');
    assert.deepEqual(
      node.events.map(({ reason }) => reason),
      ['Created', 'Started'],
    );
  });

  it('waits with a reason for what is missing and starts once it is there', async (test) => {
    const node = await aNode(test);
    const env = [{ name: 'KEY', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }];
    const pod = shellPod({ spec: { containers: [shellContainer('sleep 1000', { env })] } });
    await node.bind(pod);
    const waiting = await node.until(
      'waiting',
      pod,
      (status) => status.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.equal(waiting.containerStatuses?.[0]?.state?.waiting?.message, 'configmap "settings" not found');
    assert.equal(waiting.phase, 'Pending');
    const metadata = { namespace: 'default', name: 'settings', resourceVersion: '2' };
    await node.bind(pod, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: 'v' } });
    await node.until('running', pod, ({ phase }) => phase === 'Running');
  });

  it('is refused by name where only an image could answer', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({ spec: { containers: [{ name: 'main', image: 'nginx:1.27' }] } });
    await node.bind(pod);
    const status = await node.until(
      'refused',
      pod,
      (found) => found.containerStatuses?.[0]?.state?.waiting?.message !== undefined,
    );
    assert.equal(status.containerStatuses?.[0]?.state?.waiting?.reason, 'CreateContainerConfigError');
    assert.match(status.containerStatuses?.[0]?.state?.waiting?.message ?? '', /has no command.*nginx:1\.27/);
  });

  it('restarts after a crash, first at once, then after a back-off', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({ script: 'echo run; exit 7' });
    await node.bind(pod);
    const status = await node.until(
      'back-off',
      pod,
      (found) => found.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    const [container] = status.containerStatuses ?? [];
    assert.equal(container?.restartCount, 1);
    assert.equal(container?.lastState?.terminated?.exitCode, 7);
    assert.match(
      container?.state?.waiting?.message ?? '',
      /^back-off 10s restarting failed container=main pod=web_default\(/,
    );
    assert.equal(status.phase, 'Running');
    assert.ok(node.events.some(({ reason }) => reason === 'BackOff'));
  });

  it('that is a job ends as Succeeded or Failed', async (test) => {
    const node = await aNode(test);
    const good = shellPod({ metadata: { name: 'good' }, script: 'exit 0', spec: {} });
    good.spec.restartPolicy = 'Never';
    const bad = shellPod({ metadata: { name: 'bad' }, script: 'exit 3' });
    bad.spec.restartPolicy = 'Never';
    await node.bind(good);
    await node.bind(bad);
    const done = await node.until('success', good, ({ phase }) => phase === 'Succeeded');
    assert.equal(done.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodCompleted');
    const failed = await node.until('failure', bad, ({ phase }) => phase === 'Failed');
    assert.equal(failed.containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
  });

  it('runs init containers before the others', async (test) => {
    const node = await aNode(test);
    const volumes = [{ name: 'work', emptyDir: {} }];
    const volumeMounts = [{ name: 'work', mountPath: '/work' }];
    const initContainers = ['one', 'two'].map((name) =>
      shellContainer(`echo ${name} >> $CORACLE_VOLUME_WORK/order`, { name, volumeMounts }),
    );
    const main = shellContainer('cat $CORACLE_VOLUME_WORK/order; sleep 1000', { volumeMounts });
    const pod = shellPod({ spec: { initContainers, containers: [main], volumes } });
    await node.bind(pod);
    await node.until('running', pod, ({ phase }) => phase === 'Running');
    const { text } = await node.logs(pod, { follow: 'true' }, (all) => all.includes('two'));
    assert.equal(text, 'one\ntwo\n');
  });

  it('ends within its grace when deleted, and nothing of it is left', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({ script: 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done' });
    await node.bind(pod);
    await node.until('running', pod, ({ phase }) => phase === 'Running');
    await node.logs(pod, { follow: 'true' }, (all) => all.includes('up'));
    const deleted = {
      ...pod,
      metadata: {
        ...pod.metadata,
        resourceVersion: '2',
        deletionTimestamp: new Date().toISOString(),
        deletionGracePeriodSeconds: 30,
      },
    };
    await node.bind(deleted);
    const report = await eventually('gone', () =>
      node.reports.get(pod.metadata.uid ?? '')?.gone ? node.reports.get(pod.metadata.uid ?? '') : undefined,
    );
    assert.equal(report.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 0);
    assert.deepEqual(await node.runtime.list(), { sandboxes: [], containers: [] });
    assert.equal(existsSync(join(node.dir, 'pods', pod.metadata.uid ?? '')), false);
    assert.ok(node.events.some(({ reason }) => reason === 'Killing'));
  });

  it('is killed when its grace is over, with all its children', async (test) => {
    const node = await aNode(test);
    const pod = shellPod({ script: 'trap "" TERM; sleep 1000 & echo child $!; while :; do sleep 0.1; done' });
    await node.bind(pod);
    const { text } = await eventually('the child', async () => {
      if (node.status(pod)?.phase !== 'Running') return undefined;
      return node.logs(pod, { follow: 'true' }, (all) => all.includes('\n'));
    });
    const child = Number(/child (\d+)/.exec(text)?.[1]);
    assert.ok(existsSync(`/proc/${child}`));
    await node.bind({
      ...pod,
      metadata: { ...pod.metadata, resourceVersion: '2', deletionTimestamp: 'now', deletionGracePeriodSeconds: 1 },
    });
    await eventually('gone', () => node.reports.get(pod.metadata.uid ?? '')?.gone === true);
    const isGone = (): boolean =>
      !existsSync(`/proc/${child}`) || readFileSync(`/proc/${child}/stat`, 'utf8').includes(') Z ');
    await eventually('the child to be gone', isGone);
  });

  it('that the hub takes away without a word ends too', async (test) => {
    const node = await aNode(test);
    const pod = shellPod();
    await node.bind(pod);
    await node.until('running', pod, ({ phase }) => phase === 'Running');
    await node.remove(pod);
    await eventually('nothing left', async () => (await node.runtime.list()).sandboxes.length === 0);
  });
});
