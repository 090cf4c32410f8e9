/** How containers come by their images. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Secret } from '../../../hub/api/config.ts';
import type { Container } from '../../../hub/api/container.ts';
import type { Pod, PodSpec } from '../../../hub/api/pod.ts';
import { FakeImages } from '../../support/fake-images.ts';
import { HollowNode } from '../../support/hollow-node.ts';
import { shellContainer, shellPod } from '../../support/shell-pod.ts';

const image = 'registry.example:5000/team/app:1';

const using = (change: Partial<Container> = {}, spec: Partial<PodSpec> = {}): Pod =>
  shellPod({ spec: { containers: [shellContainer('sleep 9', { image, ...change })], ...spec } });

async function nodeWith(images: FakeImages): Promise<HollowNode> {
  const node = new HollowNode({ images });
  await node.start();
  return node;
}

const waiting = (node: HollowNode, pod: Pod): string => {
  const state = node.status(pod)?.containerStatuses?.[0]?.state;
  return state?.waiting === undefined ? Object.keys(state ?? {}).join() : `${state.waiting.reason}`;
};

const secret = (name: string, auths: object): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'default', resourceVersion: '1' },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
});

describe('an image', () => {
  it('that is there is used as it is, unless it is to be pulled always', async () => {
    const images = new FakeImages();
    images.add(image);
    const node = await nodeWith(images);
    const pod = using();
    await node.apply(pod);
    assert.equal(waiting(node, pod), 'running');
    assert.ok(
      node
        .told()
        .includes(`Pulled: Container image "${image}" already present on machine and can be accessed by the pod`),
    );
    const always = using({ imagePullPolicy: 'Always' });
    await node.apply(always);
    assert.equal(waiting(node, always), 'ContainerCreating');
    images.pulls[0]?.succeed();
    await node.settle();
    assert.equal(waiting(node, always), 'running');
  });

  it('is pulled once for all Pods that wait for it, and nobody else waits', async () => {
    const images = new FakeImages();
    images.add('other');
    const node = await nodeWith(images);
    const [one, two, other] = [using(), using(), using({ image: 'other' })];
    await node.apply(one, two, other);
    assert.equal(images.pulls.length, 1);
    assert.deepEqual(
      [one, two, other].map((pod) => waiting(node, pod)),
      ['ContainerCreating', 'ContainerCreating', 'running'],
    );
    await node.pass(2);
    images.pulls[0]?.succeed();
    await node.settle();
    assert.deepEqual(
      [one, two].map((pod) => waiting(node, pod)),
      ['running', 'running'],
    );
    assert.ok(
      node
        .told()
        .includes(`Pulled: Successfully pulled image "${image}" in 2s (2s including waiting). Image size: 1000 bytes.`),
    );
  });

  it('that cannot be had is tried again after longer and longer times', async () => {
    const images = new FakeImages();
    const node = await nodeWith(images);
    const pod = using();
    await node.apply(pod);
    images.pulls[0]?.fail('no such host');
    await node.settle();
    const state = node.status(pod)?.containerStatuses?.[0]?.state?.waiting;
    assert.deepEqual(state, { reason: 'ErrImagePull', message: 'no such host' });
    await node.pass(5);
    assert.deepEqual(node.status(pod)?.containerStatuses?.[0]?.state?.waiting, {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: no such host`,
    });
    await node.pass(4);
    assert.equal(images.pulls.length, 1);
    await node.pass(1);
    assert.equal(images.pulls.length, 2);
    assert.equal(waiting(node, pod), 'ImagePullBackOff');
    images.pulls[1]?.fail('no such host');
    await node.settle();
    await node.pass(19);
    assert.equal(images.pulls.length, 2);
    await node.pass(1);
    assert.equal(images.pulls.length, 3);
    images.pulls[2]?.succeed();
    await node.settle();
    assert.equal(waiting(node, pod), 'running');
    for (const line of [
      `Failed: Failed to pull image "${image}": no such host`,
      'Failed: Error: ErrImagePull',
      `BackOff: Back-off pulling image "${image}"`,
      'Failed: Error: ImagePullBackOff',
    ])
      assert.ok(node.told().includes(line), line);
  });

  it('that may not be pulled, or whose name is none, is told of', async () => {
    const node = await nodeWith(new FakeImages());
    const [never, none] = [using({ imagePullPolicy: 'Never' }), using({ image: 'a b' })];
    await node.apply(never, none);
    assert.equal(waiting(node, never), 'ErrImageNeverPull');
    assert.equal(waiting(node, none), 'InvalidImageName');
  });

  it('is given up when the Pod goes, and the Pod does not wait for it', async () => {
    const images = new FakeImages();
    const node = await nodeWith(images);
    const pod = using();
    await node.apply(pod);
    const deletion = { deletionTimestamp: '2026-01-01T00:00:01Z', deletionGracePeriodSeconds: 30 };
    await node.apply({ ...pod, metadata: { ...pod.metadata, ...deletion } });
    assert.equal(images.pulls[0]?.signal.aborted, true);
    assert.equal(node.reports.at(-1)?.gone, true);
    assert.equal(node.status(pod)?.phase, 'Failed');
  });
});

describe('logins of imagePullSecrets', () => {
  const loginsFor = async (reference: string, ...secrets: Secret[]): Promise<(string | undefined)[]> => {
    const images = new FakeImages();
    const node = await nodeWith(images);
    const imagePullSecrets = secrets.map(({ metadata: { name = '' } }) => ({ name }));
    await node.apply(...secrets, using({ image: reference }, { imagePullSecrets }));
    return images.pulls[0]?.logins.map(({ username }) => username) ?? [];
  };
  const login = (username: string): object => ({ auth: Buffer.from(`${username}:secret`).toString('base64') });

  it('fit by host, port and the beginning of the path, the most specific first', async () => {
    const auths = {
      'https://registry.example:5000': login('host'),
      'registry.example:5000/team': login('team'),
      'registry.example:5000/other': login('other'),
      'registry.example': login('port'),
    };
    assert.deepEqual(await loginsFor(image, secret('s', auths)), ['team', 'host']);
  });

  it('fit by a pattern, and where docker means its own registry', async () => {
    const auths = {
      '*.example': login('any'),
      '*.*.example': login('deeper'),
      'https://index.docker.io/v1/': login('hub'),
    };
    assert.deepEqual(await loginsFor('registry.example/app', secret('s', auths)), ['any']);
    assert.deepEqual(await loginsFor('app', secret('s', auths)), ['hub']);
    assert.deepEqual(await loginsFor('localhost/app', secret('s', auths)), []);
  });

  it('that are missing or broken are told of, and pulled without', async () => {
    const images = new FakeImages();
    const node = await nodeWith(images);
    const broken = { ...secret('broken', {}), data: { '.dockerconfigjson': 'bm8=' } };
    await node.apply(broken, using({}, { imagePullSecrets: [{ name: 'gone' }, { name: 'broken' }] }));
    assert.deepEqual(images.pulls[0]?.logins, []);
    const message =
      'Unable to retrieve some image pull secrets (gone, broken); attempting to pull the image may not succeed.';
    assert.ok(node.told().includes(`FailedToRetrieveImagePullSecret: ${message}`));
  });
});
