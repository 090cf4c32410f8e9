/** `kubectl debug`: a container beside those of a Pod, a copy of the Pod, and a Pod that sees its node. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import { containerStatus, type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { eventually } from '../../support/eventually.ts';
import { type Ended, runKubectl, startKubectl, type Speaker, speakers } from '../../support/live-kubectl.ts';

const [speaker] = speakers as [Speaker];

describe('kubectl debug', { skip: noContainers, timeout: 240_000 }, () => {
  let cluster: Cluster;
  let pods: NodePods;

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    pods = podsOn(cluster, 'node1');
    await pods.create('app', {
      script: 'exec sleep 4711',
      container: { env: [{ name: 'GREETING', value: 'ahoy' }] },
      labels: { app: 'app' },
    });
    await pods.ready('app', 60_000);
  });
  after(async () => {
    pods?.close();
    await cluster?.stop();
  });

  const kubectl = async (words: readonly string[], input?: string): Promise<string> => {
    const ended: Ended = await runKubectl(speaker, cluster.hub.dir, words, input);
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout.toString() + ended.stderr;
  };
  const ephemeral = (pod: Pod, name: string) =>
    pod.status?.ephemeralContainerStatuses?.find((status) => status.name === name);

  it('puts a container beside another one, whose processes it sees', async () => {
    const before = containerStatus((await pods.get('app')) as Pod);
    const image = `--image=${cluster.image('busybox')}`;
    const words = ['debug', 'app', '-it=false', image, '--target=main', '-c', 'look'];
    await kubectl([...words, '--', 'sh', '-c', 'ps; exit 3']);
    const pod = await pods.until(
      'app',
      'looked at',
      (found) => ephemeral(found, 'look')?.state?.terminated !== undefined,
    );
    assert.equal(ephemeral(pod, 'look')?.state?.terminated?.exitCode, 3);
    assert.match(await kubectl(['logs', 'app', '-c', 'look']), /^ +1 .*sleep 4711$/m);
    assert.deepEqual(containerStatus(pod), before);
    assert.equal(pod.status?.phase, 'Running');
  });

  it('is attached to, with its input', async () => {
    const image = `--image=${cluster.image('busybox')}`;
    const words = ['debug', 'app', '-i', image, '-c', 'talk', '--profile=general', '--', 'sh', '-c'];
    const child = startKubectl(speaker, cluster.hub.dir, [...words, 'read a; echo "got $a"; read b; echo "got $b"']);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    try {
      // stays open: kubectl debug does not ask for stdinOnce, so the end of the input is the end of the attachment
      child.stdin.write('one\n');
      await eventually('the first answer', () => said.includes('got one\n'));
      child.stdin.write('two\n');
      await eventually('the second answer', () => said.includes('got two\n'));
      await pods.until('app', 'left', (pod) => ephemeral(pod, 'talk')?.state?.terminated?.exitCode === 0);
    } finally {
      child.kill();
    }
  });

  it('tells of an image that is not there, and leaves the Pod as it is', async () => {
    const image = `--image=${cluster.image('busybox')}-missing`;
    await kubectl(['debug', 'app', image, '-c', 'missing']);
    const reasons = ['ErrImagePull', 'ImagePullBackOff'];
    const pod = await pods.until('app', 'refused', (found) =>
      reasons.includes(ephemeral(found, 'missing')?.state?.waiting?.reason ?? ''),
    );
    assert.equal(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  });

  it('copies a Pod with another command and a container that shares its processes', async () => {
    const image = `--image=${cluster.image('busybox')}`;
    const copy = ['debug', 'app', '-it=false', '--copy-to=app-copy', '--share-processes', image, '-c', 'look'];
    await kubectl([...copy, '--', 'sh', '-c', 'until ps | grep "sleep 471[1]"; do sleep 0.1; done; exec sleep 1000']);
    const pod = await pods.ready('app-copy');
    await eventually('what it sees', async () => /sleep 4711/.test(await kubectl(['logs', 'app-copy', '-c', 'look'])));
    assert.deepEqual(
      pod.spec.containers.map(({ name }) => name),
      ['main', 'look'],
    );
    assert.equal(pod.metadata.labels?.['app'], undefined);
    assert.equal(pod.spec.shareProcessNamespace, true);
    await pods.remove('app-copy');

    await kubectl(['debug', 'app', '-it=false', '--copy-to=app-other', '--container=main', '--', 'sleep', '815']);
    const other = await pods.ready('app-other');
    assert.deepEqual(other.spec.containers[0]?.command, ['sleep', '815']);
    assert.match(await kubectl(['exec', 'app-other', '--', 'ps']), /^ +1 .*sleep 815$/m);
    await pods.remove('app-other');
  });

  it('runs a Pod that sees the processes, the network and the files of its node', async () => {
    const image = `--image=${cluster.image('busybox')}`;
    const script = `set -e; ls /host${cluster.dir}; ip -o addr; ps`;
    const said = await kubectl(['debug', 'node/node1', '-it=false', image, '--', 'sh', '-c', script]);
    const name = /node-debugger-node1-\w+/.exec(said)?.[0] ?? assert.fail(said);
    const pod = await pods.until(name, 'over', (found) => found.status?.phase === 'Succeeded', 60_000);
    const { hostNetwork, hostPID, hostIPC } = pod.spec;
    assert.deepEqual([hostNetwork, hostPID, hostIPC], [true, true, true]);
    const log = await kubectl(['logs', name]);
    for (const file of readdirSync(cluster.dir)) assert.ok(log.split('\n').includes(file), file);
    assert.match(log, /sleep 4711/);
    const { stdout } = (await cluster.nodes[0]?.run(['ip', '-o', '-4', 'addr'])) ?? { stdout: '' };
    for (const [, address = ''] of stdout.matchAll(/inet (\S+)/g)) assert.ok(log.includes(address), address);
    await pods.remove(name);
  });
});
