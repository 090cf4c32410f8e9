/**
 * A node is cut off from the hub (10 minutes with CORACLE_LONG=1, else 20 seconds): Services, DNS and policies on it go on,
 * also after its agent was killed and started meanwhile, and nobody notices when the way is mended.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import type { Node } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Service } from '../../../hub/api/service.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { containerStatus, type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { eventually } from '../../support/eventually.ts';

const long = process.env['CORACLE_LONG'] === '1';
/** Milliseconds without a way to the hub, and between two looks at what works. */
const cutFor = long ? 600_000 : 20_000;
const between = long ? 5000 : 500;

const name = 'web.default.svc.cluster.local';
/** As an edge's workloads have it: nothing moves away from a node that cannot be reached. */
const stays = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' }] as const;
const serve = ['/bin/tools', 'serve', '--http', '8080'];

const web = (node: string, image: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        nodeSelector: { 'kubernetes.io/hostname': node },
        tolerations: stays,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, command: serve }],
      },
    },
  },
});

const onlyClients = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'only-clients' },
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { role: 'client' } } }] }],
  },
};

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
};

describe('a node that is cut off from the hub', { skip: noContainers, timeout: cutFor + 300_000 }, () => {
  let cluster: Cluster;
  let node: ClusterNode;
  let pods: NodePods;
  let vip = '';
  const containers = new Map<string, string>();

  const api = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await pods.client.call(method, path, body);
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const listPods = async (): Promise<Pod[]> =>
    ((await api('GET', '/api/v1/namespaces/default/pods')) as { items: Pod[] }).items;

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    [node] = cluster.nodes as [ClusterNode];
    pods = podsOn(cluster, node.name);
    for (const role of ['client', 'stranger'])
      await pods.create(role, {
        labels: { role },
        container: { image: cluster.image('tools'), command: serve },
        spec: { tolerations: [...stays] },
      });
    await api('POST', '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', onlyClients);
    await api('POST', '/apis/apps/v1/namespaces/default/deployments', web(node.name, cluster.image('tools')));
    vip = ((await api('POST', '/api/v1/namespaces/default/services', service)) as Service).spec.clusterIP ?? '';
    for (const role of ['client', 'stranger']) {
      const id = containerStatus(await pods.ready(role, 90_000))?.containerID ?? '';
      containers.set(role, id.slice(id.indexOf('//') + 2));
    }
    await cluster.hub.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    await eventually('the Service to answer', async () => (await dial('client', name)).answers.length > 0);
    await eventually('the policy to be in force', async () => (await dial('stranger', vip)).answers.length === 0);
  });
  after(async () => {
    pods?.close();
    await cluster?.stop();
  });

  /** Asked from inside of a Pod, on the node itself: the hub is not needed. */
  async function dial(from: string, host: string, tries = 1): Promise<{ answers: string[]; errors: string[] }> {
    const asked = ['/bin/tools', 'dial', `http://${host}/hostname`, '--tries', `${tries}`, '--timeout', '1500'];
    const { stdout, stderr } = await node.containerd.exec(containers.get(from) ?? '', asked);
    const line = stdout.split('\n').find((each) => each.startsWith('{'));
    return line === undefined ? { answers: [], errors: [stderr.trim()] } : JSON.parse(line);
  }

  /** Services and policies do as they should, asked by this address or name. */
  async function goesOn(host: string): Promise<void> {
    const allowed = await dial('client', host, 10);
    assert.deepEqual([allowed.answers.length, allowed.errors], [10, []], host);
    const refused = await dial('stranger', host);
    assert.deepEqual([refused.answers, refused.errors], [[], ['timed out']], host);
  }

  /** Looks again and again until this time; answers how often. */
  async function goesOnUntil(end: number, host: string): Promise<number> {
    let looks = 0;
    do {
      await goesOn(host);
      looks += 1;
      await pass(between);
    } while (Date.now() < end);
    return looks;
  }

  /** What must not change of any Pod: who it is, where, its containers and their restarts. */
  async function lives(): Promise<string[]> {
    const all = await listPods();
    return all
      .map((pod) => {
        const { containerID, restartCount, state } = containerStatus(pod) ?? {};
        const { uid, deletionTimestamp } = pod.metadata;
        return [uid, deletionTimestamp, pod.spec.nodeName, containerID, restartCount, state?.running?.startedAt].join();
      })
      .sort();
  }
  const tasks = async (): Promise<string[]> =>
    (await node.containerd.ctr(['tasks', 'ls', '-q'])).stdout.split('\n').filter(Boolean).sort();
  const isReady = async (status: string): Promise<boolean> => {
    const { status: found } = (await api('GET', `/api/v1/nodes/${node.name}`)) as Node;
    return found?.conditions?.find(({ type }) => type === 'Ready')?.status === status;
  };

  it('serves, resolves and refuses as before, with its agent, without it, and with the next one', async (test) => {
    const [livesBefore, tasksBefore] = [await lives(), await tasks()];
    const began = Date.now();
    node.cut();
    try {
      const first = await goesOnUntil(began + cutFor / 3, name);
      await node.agent.kill();
      // names are answered by the agent
      const dead = await goesOnUntil(Date.now() + cutFor / 10, vip);
      await node.agent.start();
      await eventually('names to be found again', async () => (await dial('client', name)).answers.length > 0);
      const second = await goesOnUntil(began + cutFor, name);
      test.diagnostic(`looks with the agent ${first}, without ${dead}, with the next one ${second}`);
      // it takes the link's keep-alive, 60 s, and half as much again
      if (long) await eventually('the hub to have noticed', () => isReady('Unknown'), 90_000);
      assert.deepEqual(await tasks(), tasksBefore);
    } finally {
      node.mend();
    }
    const mended = Date.now();
    await eventually('the node to be Ready again', () => isReady('True'), 60_000);
    test.diagnostic(`cut off for ${mended - began} ms; Ready again ${Date.now() - mended} ms after`);
    await eventually(
      'all Pods to be ready as they were',
      async () => (await lives()).join('\n') === livesBefore.join('\n'),
      30_000,
    );
    await goesOn(name);
    assert.deepEqual(await tasks(), tasksBefore);
    assert.deepEqual(await lives(), livesBefore);
  });
});
