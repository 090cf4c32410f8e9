/** RuntimeClasses that Pods name. */
import assert from 'node:assert/strict';
import { core, isScheduled, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance } from '../suite.ts';

const all = '/apis/node.k8s.io/v1/runtimeclasses';

async function makeClass(cluster: Cluster, more: object = {}): Promise<string> {
  const name = cluster.namespace;
  await cluster.ok('POST', all, {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name },
    handler: 'process',
    ...more,
  });
  cluster.after(() => cluster.api('DELETE', `${all}/${name}`));
  return name;
}

async function refused(cluster: Cluster, runtimeClassName: string): Promise<void> {
  const { status, body } = await cluster.api(
    'POST',
    core(cluster, 'pods'),
    pod('refused', podSpec(undefined, { runtimeClassName })),
  );
  assert.equal(status, 403);
  assert.equal(body['reason'], 'Forbidden');
}

conformance('[sig-node] runtimeclass.go: missing RuntimeClass', (cluster) =>
  refused(cluster, `${cluster.namespace}-none`),
);

conformance('[sig-node] runtimeclass.go: deleted RuntimeClass', async (cluster) => {
  const name = await makeClass(cluster);
  await cluster.ok('DELETE', `${all}/${name}`);
  await cluster.gone(`${all}/${name}`);
  await refused(cluster, name);
});

conformance('[sig-node] runtimeclass.go: no overhead', async (cluster) => {
  const runtimeClassName = await makeClass(cluster);
  await cluster.ok('POST', core(cluster, 'pods'), pod('plain', podSpec(undefined, { runtimeClassName })));
  const found = await cluster.eventually(core(cluster, 'pods', 'plain'), isScheduled);
  assert.equal(found['spec'].overhead, undefined);
});

conformance('[sig-node] runtimeclass.go: overhead set', async (cluster) => {
  const podFixed = { cpu: '10m', memory: '1Mi' };
  const runtimeClassName = await makeClass(cluster, { overhead: { podFixed } });
  await cluster.ok('POST', core(cluster, 'pods'), pod('heavy', podSpec(undefined, { runtimeClassName })));
  const found = await cluster.eventually(core(cluster, 'pods', 'heavy'), isScheduled);
  assert.deepEqual(found['spec'].overhead, podFixed);
});
