/** An agent that is killed: its node is Unknown at once, back at once when it returns, and its processes never notice. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Node } from '../../hub/api/node.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { ApiClient } from '../support/api-client.ts';
import { coracle, joinNode, noKubectl, startHub, type TestHub, type TestMachine } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { type NodeWatch, watchNode } from '../support/node-watch.ts';
import { containerPids, processesOf } from '../support/processes.ts';

/** Well below the time after which a silent node is Unknown, in milliseconds. */
const beforeMissed = 20_000;

const sleepers = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: sleepers}
spec:
  replicas: 3
  selector: {matchLabels: {app: sleepers}}
  template:
    metadata: {labels: {app: sleepers}}
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: {kubernetes.io/hostname: edge}
      containers: [{name: main, image: none, command: [sleep, "100000"]}]
`;

describe('kill -9 of an agent', { skip: noKubectl }, () => {
  let hub: TestHub;
  let edge: TestMachine;
  let client: ApiClient;
  let node: NodeWatch;

  before(async () => {
    hub = await startHub(['--runtime', 'process', '--node-name', 'base']);
    edge = await joinNode(await hub.joinUrl(), 'edge');
    client = new ApiClient(hub.dir);
    node = watchNode(client, 'edge');
    await hub.kubectl(['apply', '-f', '-'], sleepers);
    await hub.kubectl(['rollout', 'status', 'deployment/sleepers', '--timeout=30s']);
  });
  after(async () => {
    node?.close();
    client?.close();
    await edge?.stop();
    await hub?.stop();
  });
  /** What must not change: uid, restarts and start of every container. */
  const pods = async (): Promise<string[]> => {
    const { body } = await client.call('GET', '/api/v1/namespaces/default/pods');
    return (body as { items: Pod[] }).items
      .map(({ metadata, status }) => {
        const [main] = status?.containerStatuses ?? [];
        return `${metadata.uid} ${main?.restartCount} ${main?.containerID} ${main?.state?.running?.startedAt}`;
      })
      .sort();
  };

  it('makes the node Unknown long before a heartbeat would be missed, and Ready on its return, with the same processes', async (test) => {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const before = await pods();
      const processes = containerPids(edge.dir);
      assert.equal(processes.length, 3);
      const killed = Date.now();
      await edge.kill('agent');
      const unknown = await node.until('Unknown', killed, beforeMissed);
      assert.deepEqual(containerPids(edge.dir), processes);
      const returned = Date.now();
      await edge.start();
      const ready = await node.until('True', returned);
      test.diagnostic(`attempt ${attempt}: Unknown after ${unknown} ms, Ready ${ready} ms after coracle start began`);
      assert.deepEqual(await pods(), before);
      assert.deepEqual(containerPids(edge.dir), processes);
    }
  });

  it('is told by kubectl and status, and taints the node until it is back', async () => {
    const killed = Date.now();
    await edge.kill('agent');
    await node.until('Unknown', killed);
    assert.match(await hub.kubectl(['get', 'nodes']), /edge +NotReady/);
    const status = await coracle(['status', '--data-dir', hub.dir]);
    assert.equal(status.code, 1);
    assert.match(status.stdout, /node edge cannot be reached/);
    const taints = async (): Promise<string[]> => {
      const { body } = await client.call('GET', '/api/v1/nodes/edge');
      return ((body as Node).spec?.taints ?? []).map((taint) => `${taint.key}:${taint.effect}`);
    };
    await eventually('the taints', async () => (await taints()).includes('node.kubernetes.io/unreachable:NoExecute'));
    const returned = Date.now();
    await edge.start();
    await node.until('True', returned);
    await eventually('no taint', async () => (await taints()).length === 0);
  });

  it('loses no change made meanwhile', async () => {
    await edge.kill('agent');
    await hub.kubectl(['scale', 'deployment/sleepers', '--replicas=1']);
    await eventually('two Pods to be leaving', async () => {
      const { body } = await client.call('GET', '/api/v1/namespaces/default/pods');
      return (
        (body as { items: Pod[] }).items.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length === 2
      );
    });
    assert.equal(containerPids(edge.dir).length, 3);
    await edge.start();
    await eventually('two processes less', () => containerPids(edge.dir).length === 1);
    await eventually('two Pods less', async () => (await pods()).length === 1);
  });

  it('leaves nothing behind that stop would not end', async () => {
    await edge.kill('agent');
    assert.equal(containerPids(edge.dir).length, 1);
    const { code, stdout } = await coracle(['stop', '--data-dir', edge.dir]);
    assert.equal(code, 0);
    assert.match(stdout, /Stopped\./);
    assert.deepEqual(processesOf(edge.dir), []);
  });
});
