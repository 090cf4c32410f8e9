/** Containers added to a Pod that runs. */
import assert from 'node:assert/strict';
import { image } from '../images.ts';
import { core, type More, pod, runPod } from '../objects.ts';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';

const debugger_ = (name: string, more: More = {}): More => ({
  name,
  image: image('busybox:1'),
  command: ['/bin/sh', '-c', 'echo polo; exec sleep 10000'],
  stdin: true,
  tty: true,
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
  ...more,
});

const runs = (one: ApiObject, name: string): boolean =>
  (one['status'].ephemeralContainerStatuses ?? []).some(
    (status: { name: string; state: { running?: object } }) => status.name === name && status.state.running,
  );

const added = async (cluster: Cluster, path: string, name: string): Promise<ApiObject> =>
  cluster.eventually(path, (one) => runs(one, name));

conformance('[sig-node] ephemeral_containers.go: start ephemeral container', async (cluster) => {
  const path = core(cluster, 'pods', 'debugged');
  await runPod(cluster, pod('debugged'));
  const ephemeralContainers = [debugger_('debugger', { targetContainerName: 'main' })];
  await cluster.patch('strategic', `${path}/ephemeralcontainers`, { spec: { ephemeralContainers } });
  await added(cluster, path, 'debugger');
  assert.match(await cluster.ok<string>('GET', `${path}/log?container=debugger`), /polo/);
  assert.equal(cluster.kubectl(['exec', 'debugged', '-c', 'debugger', '--', '/bin/echo', 'marco']).trim(), 'marco');
  // it sees the processes of the container it was aimed at
  const processes = cluster.kubectl(['exec', 'debugged', '-c', 'debugger', '--', 'ps', '-o', 'args']);
  assert.match(processes, /sleep 1000\n/);
});

conformance('[sig-node] ephemeral_containers.go: update ephemeral containers', async (cluster) => {
  const path = core(cluster, 'pods', 'debugged');
  await runPod(cluster, pod('debugged'));
  await cluster.patch('strategic', `${path}/ephemeralcontainers`, {
    spec: { ephemeralContainers: [debugger_('debugger1')] },
  });
  await added(cluster, path, 'debugger1');
  const now = await cluster.ok('GET', `${path}/ephemeralcontainers`);
  assert.equal(now['spec'].ephemeralContainers.length, 1);
  now['spec'].ephemeralContainers.push(debugger_('debugger2'));
  await cluster.ok('PUT', `${path}/ephemeralcontainers`, now);
  const found = await added(cluster, path, 'debugger2');
  assert.ok(runs(found, 'debugger1'));
  assert.equal(found['spec'].ephemeralContainers.length, 2);
});
