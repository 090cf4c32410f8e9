/** Volumes of Pods that run: what they wait for, how they change, what is left of them. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { eventually } from '../../support/eventually.ts';
import { type LoneNode, nodeDirectory } from '../../support/lone-node.ts';
import { shellContainer, shellPod } from '../../support/shell-pod.ts';

async function aNode(test: TestContext): Promise<LoneNode & { dir: string }> {
  const { dir, start } = nodeDirectory(test);
  return { ...(await start()), dir };
}

const configMap = (data: Record<string, string>, version: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name: 'settings', resourceVersion: version },
  data,
});

function podOf(volume: Record<string, unknown>, mount: Record<string, unknown> = {}): Pod {
  const main = shellContainer('sleep 1000', { volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] });
  return shellPod({ spec: { containers: [main], volumes: [{ name: 'v', ...volume }] } });
}

const placeOf = (node: { dir: string }, pod: Pod): string =>
  join(node.dir, 'pods', pod.metadata.uid ?? '', 'volumes/v');
const text = (...parts: string[]): string | undefined => {
  const path = join(...parts);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};

describe('volumes of a Pod', () => {
  it('make it wait with an event while something is missing, and no longer', async (test) => {
    const node = await aNode(test);
    const pod = podOf({ configMap: { name: 'settings', items: [{ key: 'k', path: 'file' }] } });
    await node.bind(pod);
    const told = (message: string): boolean =>
      node.events.some((event) => event.reason === 'FailedMount' && event.message === message);
    await eventually('the object is missing', () =>
      told('MountVolume.SetUp failed for volume "v" : configmap "settings" not found'),
    );
    const waiting = node.status(pod)?.containerStatuses?.[0]?.state?.waiting;
    assert.deepEqual([node.status(pod)?.phase, waiting?.reason], ['Pending', 'ContainerCreating']);
    await node.held.apply({ upserts: [configMap({ other: 'x' }, '2') as never], deletions: [] });
    await eventually('the key is missing', () =>
      told('MountVolume.SetUp failed for volume "v" : references non-existent config key: k'),
    );
    await node.held.apply({ upserts: [configMap({ k: 'v' }, '3') as never], deletions: [] });
    await node.until('it runs', pod, ({ phase }) => phase === 'Running');
    assert.equal(text(placeOf(node, pod), 'file'), 'v');
  });

  it('follow objects that come, change and go, and the Pod’s own labels', async (test) => {
    const node = await aNode(test);
    const downwardAPI = { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] };
    const pod = podOf({
      projected: { sources: [{ configMap: { name: 'settings', optional: true } }, { downwardAPI }] },
    });
    await node.bind(pod);
    await node.until('it runs', pod, ({ phase }) => phase === 'Running');
    const dir = placeOf(node, pod);
    assert.equal(text(dir, 'k'), undefined);
    for (const [index, value] of ['one', 'two'].entries()) {
      await node.held.apply({ upserts: [configMap({ k: value }, `${index + 2}`) as never], deletions: [] });
      await eventually(`it is ${value}`, () => text(dir, 'k') === value);
    }
    await node.held.apply({ upserts: [], deletions: ['configmaps/default/settings'] });
    await eventually('it is gone', () => text(dir, 'k') === undefined);
    const labelled = { ...pod, metadata: { ...pod.metadata, labels: { a: 'b' }, resourceVersion: '99' } };
    await node.bind(labelled);
    await eventually('the label is seen', () => text(dir, 'labels') === 'a="b"');
  });

  it('show the part of a volume a container asks for, and refuse one that leads out', async (test) => {
    const node = await aNode(test);
    const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['part']" } } }];
    const main = shellContainer('echo here > $CORACLE_VOLUME_V/file; sleep 1000', {
      env,
      volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: '$(POD)' }],
    });
    const pod = shellPod({ spec: { containers: [main], volumes: [{ name: 'v', emptyDir: {} }] } });
    pod.metadata.annotations = { part: '..' };
    await node.bind(pod);
    const waiting = await node.until(
      'it is refused',
      pod,
      (status) => status.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.match(waiting.containerStatuses?.[0]?.state?.waiting?.message ?? '', /must not contain '\.\.'$/);
    await node.bind({ ...pod, metadata: { ...pod.metadata, annotations: { part: 'mine' }, resourceVersion: '2' } });
    await node.until('it runs', pod, ({ phase }) => phase === 'Running');
    await eventually('it wrote', () => text(placeOf(node, pod), 'mine/file') === 'here\n');
  });

  it('are gone with the Pod, but not what lies on the node; nor do unknown ones stay', async (test) => {
    const node = await aNode(test);
    const precious = join(node.dir, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'dear');
    mkdirSync(join(node.dir, 'pods/orphan/volumes'), { recursive: true });
    const main = shellContainer('sleep 1000');
    const pod = shellPod({
      spec: {
        containers: [main],
        volumes: [
          { name: 'v', emptyDir: {} },
          { name: 'h', hostPath: { path: precious } },
        ],
        terminationGracePeriodSeconds: 0,
      },
    });
    await node.bind(pod);
    await node.until('it runs', pod, ({ phase }) => phase === 'Running');
    await node.remove(pod);
    await eventually('its directory is gone', () => !existsSync(join(node.dir, 'pods', pod.metadata.uid ?? '')));
    assert.equal(text(precious, 'file'), 'dear');
    node.pods.synced();
    await eventually('nothing is left', () => readdirSync(join(node.dir, 'pods')).length === 0);
  });
});
