/** Directories of a volume that are named by what a container knows of itself. */
import assert from 'node:assert/strict';
import { container, core, logOf, type More, pod, podSpec, runPod } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

const nameOfPod = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
const annotation = { name: 'ANNOTATION', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['mysubpath']" } } };
const volumes = [{ name: 'work', emptyDir: {} }];

const mounting = (subPathExpr: string, more: More = {}): More =>
  container(undefined, {
    env: [nameOfPod, annotation],
    volumeMounts: [
      { name: 'work', mountPath: '/expanded', subPathExpr },
      { name: 'work', mountPath: '/whole' },
    ],
    ...more,
  });

conformance('[sig-node] expansion.go: subPathExpr', async (cluster) => {
  const script = 'touch /expanded/test.log && test -f /whole/$POD_NAME/test.log && echo found';
  const main = mounting('$(POD_NAME)', { command: ['/bin/sh', '-c', script] });
  assert.equal(await logOf(cluster, pod('expands', podSpec(undefined, { containers: [main], volumes }))), 'found\n');
});

/** Makes a Pod whose container cannot be made, and waits until its status says so. */
async function fails(
  cluster: Cluster,
  subPathExpr: string,
  annotations: Record<string, string> = {},
): Promise<ApiObject> {
  const wanted = pod('fails', podSpec(undefined, { containers: [mounting(subPathExpr)], volumes }));
  Object.assign(wanted.metadata, { annotations });
  await cluster.ok('POST', core(cluster, 'pods'), wanted);
  const found = await cluster.eventually(
    core(cluster, 'pods', 'fails'),
    (one) => one['status'].containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
  );
  assert.equal(found['status'].phase, 'Pending');
  return found;
}

conformance('[sig-node] expansion.go: subPathExpr backticks fail', async (cluster) => {
  await fails(cluster, '$(ANNOTATION)', { mysubpath: '`pwd`/..' });
});

conformance('[sig-node] expansion.go: subPathExpr absolute fails', async (cluster) => {
  await fails(cluster, '$(ANNOTATION)', { mysubpath: '/tmp' });
});

conformance('[sig-node] expansion.go: subPathExpr recovers', async (cluster) => {
  const path = core(cluster, 'pods', 'fails');
  await fails(cluster, '$(ANNOTATION)/$(POD_NAME)', { mysubpath: '/absolute' });
  await cluster.patch('merge', path, { metadata: { annotations: { mysubpath: 'mypath' } } });
  await cluster.eventually(path, (one) => one['status'].phase === 'Running', 60);
});

conformance('[sig-node] expansion.go: subPathExpr writes', async (cluster) => {
  const path = core(cluster, 'pods', 'writes');
  const wanted = pod('writes', podSpec(undefined, { containers: [mounting('$(ANNOTATION)/$(POD_NAME)')], volumes }));
  Object.assign(wanted.metadata, { annotations: { mysubpath: 'mypath' } });
  await runPod(cluster, wanted);
  cluster.kubectl(['exec', 'writes', '--', 'touch', '/expanded/test.log']);
  cluster.kubectl(['exec', 'writes', '--', 'test', '-f', '/whole/mypath/writes/test.log']);
  await cluster.patch('merge', path, { metadata: { annotations: { mysubpath: null } } });
  await until(async () => (await cluster.ok('GET', path)).metadata['annotations']?.mysubpath === undefined);
  await cluster.ok('DELETE', path);
  await cluster.gone(path);
});
