/** NetworkPolicies on real Pods: every pair, port and protocol as an independent reading of the API says, with real connections. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Service } from '../../../hub/api/service.ts';
import { ApiClient } from '../../support/api-client.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { eventually } from '../../support/eventually.ts';
import { reach } from '../../support/images/tools/reach.ts';
import { type End, isAllowed, type Policy, type Question } from '../../support/policy-oracle.ts';
import { all, app, podRange, stories } from '../../support/policy-stories.ts';

const namespaces: Record<string, Record<string, string>> = {
  shop: { team: 'x', 'kubernetes.io/metadata.name': 'shop' },
  stock: { team: 'y', 'kubernetes.io/metadata.name': 'stock' },
};

const ports: readonly (readonly [protocol: 'TCP' | 'UDP', port: number])[] = [
  ['TCP', 8080],
  ['TCP', 8081],
  ['UDP', 8081],
];

interface Wanted {
  /** Which node, counted from 0. */
  readonly on: number;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  /** Its port called `main`. */
  readonly main: number;
}

const wanted: readonly Wanted[] = [
  { on: 0, name: 'web', namespace: 'shop', labels: { app: 'web', tier: 'front' }, main: 8080 },
  { on: 0, name: 'api', namespace: 'shop', labels: { app: 'api' }, main: 8081 },
  { on: 1, name: 'db', namespace: 'shop', labels: { app: 'db' }, main: 8081 },
  { on: 0, name: 'web', namespace: 'stock', labels: { app: 'web' }, main: 8081 },
  { on: 1, name: 'db', namespace: 'stock', labels: { app: 'db', tier: 'back' }, main: 8080 },
];

/** The servers of a Pod on this machine, outside of the cluster. */
function serve(address: string): () => void {
  const sockets = new Set<Socket>();
  const servers = [8080, 8081].map((port) =>
    createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).pipe(socket);
    }).listen(port, address),
  );
  const udp = createSocket('udp4');
  udp.on('message', (message, from) => udp.send(message, from.port, from.address));
  udp.bind(8081, address);
  return () => {
    udp.close();
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  };
}

describe('NetworkPolicies', { skip: noContainers, timeout: 600_000 }, () => {
  let cluster: Cluster;
  let node: ClusterNode;
  let client: ApiClient;
  let ends: Record<string, End> = {};
  /** Where each end's container is. */
  const containers = new Map<string, { readonly on: ClusterNode; readonly id: string }>();
  let applied: readonly Policy[] = [];
  let closeServers = (): void => {};
  let cases = 0;
  let refused = 0;

  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await client.call(method, path, body as never);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const policiesPath = (namespace: string): string =>
    `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;

  async function apply(policies: readonly Policy[]): Promise<void> {
    for (const { name, namespace } of applied) await api('DELETE', `${policiesPath(namespace)}/${name}`);
    for (const { name, namespace, spec } of policies)
      await api('POST', policiesPath(namespace), {
        ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name } },
        spec,
      });
    applied = policies;
  }

  async function createPod({ on, name, namespace, labels, main }: Wanted, hostNetwork = false): Promise<void> {
    const container = {
      ...{ name: 'main', image: cluster.image('tools') },
      args: ['serve', '--http', '8080', '--tcp', '8081', '--udp', '8081'],
      ...(hostNetwork ? {} : { ports: [{ name: 'main', containerPort: main }] }),
    };
    const spec = {
      nodeName: cluster.nodes[on]?.name,
      hostNetwork,
      terminationGracePeriodSeconds: 0,
      containers: [container],
    };
    await api('POST', `/api/v1/namespaces/${namespace}/pods`, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec },
    });
  }

  async function startedPod(namespace: string, name: string): Promise<Pod> {
    return eventually(
      `${namespace}/${name} to be ready`,
      async () => {
        const pod = (await api('GET', `/api/v1/namespaces/${namespace}/pods/${name}`)) as Pod;
        const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
        return isReady === true ? pod : undefined;
      },
      60_000,
    );
  }

  before(async () => {
    cluster = await startCluster({ nodes: 2, hubArgs: ['--cluster-cidr', podRange] });
    [node] = cluster.nodes as [ClusterNode];
    client = new ApiClient(cluster.hub.dir);
    for (const [name, labels] of Object.entries(namespaces))
      await api('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    for (const one of wanted) await createPod(one);
    const host: Wanted = { on: 0, name: 'host', namespace: 'shop', labels: { app: 'web' }, main: 0 };
    await createPod(host, true);
    for (const { on, name, namespace, labels, main } of [...wanted, host]) {
      const { status } = await startedPod(namespace, name);
      const key = `${namespace}/${name}`;
      const pod = name === 'host' ? undefined : { namespace, labels, ports: { main } };
      ends[key] = { name: key, ip: status?.podIP ?? '', ...(pod === undefined ? {} : { pod }) };
      const id = status?.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? '';
      containers.set(key, { on: cluster.nodes[on] as ClusterNode, id });
    }
    for (const { name, address } of cluster.nodes) {
      const { spec } = (await api('GET', `/api/v1/nodes/${name}`)) as Node;
      spawnSync('ip', ['route', 'replace', spec?.podCIDR ?? '', 'via', address]);
    }
    const outside = node.address.replace(/\.\d+$/, '.254');
    ends = { ...ends, outside: { name: 'outside', ip: outside } };
    closeServers = serve(outside);
  });
  after(async () => {
    closeServers();
    client?.close();
    await cluster?.stop();
  });

  const urlOf = ({ to, protocol, port }: Question): string => `${protocol.toLowerCase()}://${to.ip}:${port}`;

  /** Which of these answer; also while the hub cannot be reached. */
  async function answering(from: End, targets: readonly string[], timeout = 700): Promise<Set<string>> {
    if (from.name === 'outside') return new Set(await reach(targets, timeout));
    const { on, id } = containers.get(from.name) ?? { on: node, id: '' };
    const command = ['/bin/tools', 'reach', '--timeout', String(timeout), ...targets];
    const { code, stdout, stderr } = await on.containerd.exec(id, command);
    if (code !== 0) throw new Error(`asking from ${from.name}: ${stderr}`);
    return new Set(JSON.parse(stdout) as string[]);
  }

  function questions(from: End, targets = Object.values(ends)): Question[] {
    return targets.flatMap((to) => ports.map(([protocol, port]) => ({ from, to, protocol, port })));
  }

  const onNode = ({ name }: End): boolean => containers.get(name)?.on === node;

  /** The node itself is never judged: whoever stands on it reaches its Pods, and they reach it. */
  const isExpected = (question: Question, policies: readonly Policy[]): boolean => {
    const { from, to } = question;
    const isNode = [from, to].some(({ name }) => name === 'shop/host') && onNode(from) && onNode(to);
    return isNode || isAllowed(question, policies, namespaces);
  };

  async function wrong(
    policies: readonly Policy[],
    sources: readonly End[] = Object.values(ends),
    targets?: End[],
  ): Promise<string[]> {
    const asked = await Promise.all(
      sources.map(async (from) => {
        const list = questions(from, targets);
        const answered = await answering(from, list.map(urlOf));
        return list.flatMap((question) => {
          const [is, should] = [answered.has(urlOf(question)), isExpected(question, policies)];
          const what = `${from.name} → ${question.to.name} ${question.protocol} ${question.port}`;
          return is === should ? [] : [`${what}: ${is ? 'answered' : 'silent'}`];
        });
      }),
    );
    return asked.flat();
  }

  async function holds(policies: readonly Policy[], sources?: readonly End[], targets?: End[]): Promise<void> {
    let last: string[] = [];
    await eventually(
      'connections to be as the policies say',
      async () => {
        last = await wrong(policies, sources, targets);
        return last.length === 0;
      },
      20_000,
    ).catch(() => assert.deepEqual(last, []));
  }

  for (const [what, make] of stories)
    it(what, async () => {
      const policies = make(ends);
      await apply(policies);
      await holds(policies);
      const asked = Object.values(ends).flatMap((from) => questions(from));
      cases += asked.length;
      refused += asked.filter((question) => !isExpected(question, policies)).length;
    });

  it('were enough: at least 60 connections, of both kinds', () => {
    assert.ok(cases >= 60 && refused >= 60 && cases - refused >= 60, `${cases} cases, ${refused} refused`);
  });

  it('labels that change change who is meant', async () => {
    await apply([
      {
        name: 'labels',
        namespace: 'shop',
        spec: { podSelector: app('db'), ingress: [{ from: [{ podSelector: { matchLabels: { may: 'yes' } } }] }] },
      },
    ]);
    await holds(applied);
    const patch = (labels: Record<string, string | null>): Promise<unknown> =>
      cluster.hub.kubectl([
        ...['label', 'pod', 'api', '-n', 'shop', '--overwrite'],
        ...Object.entries(labels).map(([key, value]) => (value === null ? `${key}-` : `${key}=${value}`)),
      ]);
    const api = ends['shop/api'] as End;
    const pod = api.pod as NonNullable<End['pod']>;
    await patch({ may: 'yes' });
    ends['shop/api'] = { ...api, pod: { ...pod, labels: { ...pod.labels, may: 'yes' } } };
    await holds(applied);
    await patch({ may: null });
    ends['shop/api'] = api;
    await holds(applied);
  });

  it('a Pod that starts under a policy is never open, not for a moment', async () => {
    await apply([{ name: 'closed', namespace: 'shop', spec: { podSelector: app('late') } }]);
    const range = `${(ends['shop/web'] as End).ip.replace(/\.\d+$/, '')}`;
    const known = new Set(Object.values(ends).map(({ ip }) => ip));
    const targets = Array.from({ length: 40 }, (_, at) => `${range}.${at + 2}`)
      .filter((ip) => !known.has(ip))
      .map((ip) => `tcp://${ip}:8081`);
    await createPod({ on: 0, name: 'late', namespace: 'shop', labels: { app: 'late' }, main: 8081 });
    const isReady = startedPod('shop', 'late');
    let isOver = false;
    void isReady.finally(() => {
      isOver = true;
    });
    while (!isOver) assert.deepEqual([...(await answering(ends['outside'] as End, targets, 150))], []);
    const { status } = await isReady;
    assert.deepEqual([...(await answering(ends['outside'] as End, targets, 150))], []);
    assert.ok(targets.includes(`tcp://${status?.podIP}:8081`), `${status?.podIP} was among those asked`);
    await api('DELETE', '/api/v1/namespaces/shop/pods/late?gracePeriodSeconds=0');
  });

  it('policies hold while the hub is away, over a kill of the agent, and after all rules were lost meanwhile', async () => {
    const policies: Policy[] = [
      { name: 'closed', namespace: 'shop', spec: { podSelector: all } },
      {
        name: 'api',
        namespace: 'shop',
        spec: { podSelector: app('db'), ingress: [{ from: [{ podSelector: app('api') }] }] },
      },
    ];
    await apply(policies);
    await holds(policies);
    const inside = Object.values(ends).filter(onNode);
    const hold = (): Promise<void> => holds(policies, inside, inside);
    node.cut();
    try {
      await node.agent.kill();
      await hold();
      await node.run(['nft', 'delete', 'table', 'inet', 'coracle_policy']);
      assert.notDeepEqual(await wrong(policies, inside, inside), [], 'without rules all is open');
      await node.agent.start();
      await hold();
      await node.run(['nft', 'flush', 'ruleset']);
      await hold();
    } finally {
      node.mend();
    }
    await holds(policies);
  });

  it('behind a Service it is the endpoint and its port that are judged; a Pod reaches itself through one', async () => {
    const ports = [{ port: 80, targetPort: 8081 }];
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'api' },
      spec: { selector: { app: 'api' }, ports },
    };
    const made = (await api('POST', '/api/v1/namespaces/shop/services', service)) as Service;
    const vip = `tcp://${made.spec.clusterIP}:80`;
    await apply([
      {
        name: 'closed',
        namespace: 'shop',
        spec: { podSelector: app('api'), ingress: [{ from: [{ podSelector: app('web') }], ports: [{ port: 8081 }] }] },
      },
      {
        name: 'out',
        namespace: 'shop',
        spec: { podSelector: app('api'), policyTypes: ['Egress'] },
      },
    ]);
    const reaches = async (name: string): Promise<boolean> => (await answering(ends[name] as End, [vip])).has(vip);
    await holds(applied);
    await eventually('web to reach the Service', () => reaches('shop/web'));
    await eventually('the endpoint to reach itself', () => reaches('shop/api'));
    for (const name of ['shop/db', 'stock/web', 'stock/db']) assert.equal(await reaches(name), false, name);
  });

  it('a connection that is open ends with the policy that forbids it', async () => {
    await apply([]);
    await holds([]);
    const { ip } = ends['shop/db'] as End;
    const socket = connect(8081, ip);
    const answers: string[] = [];
    socket.on('data', (piece: Buffer) => answers.push(piece.toString()));
    socket.on('error', () => {});
    socket.write('one');
    await eventually('an answer', () => answers.join('') === 'one');
    await apply([{ name: 'closed', namespace: 'shop', spec: { podSelector: app('db') } }]);
    await holds(applied);
    socket.write('two');
    await holds(applied, [ends['outside'] as End]);
    assert.equal(answers.join(''), 'one');
    socket.destroy();
  });

  it('without policies there is no table, nor after the node has left', async () => {
    await apply([]);
    const tables = async (): Promise<string> => (await node.run(['nft', 'list', 'tables'])).stdout;
    await eventually('the table to go', async () => !(await tables()).includes('coracle_policy'));
    await apply([{ name: 'closed', namespace: 'shop', spec: { podSelector: all } }]);
    await eventually('the table to come', async () => (await tables()).includes('coracle_policy'));
    const { code, stderr } = await node.run([
      process.execPath,
      'agent/cli/main.ts',
      'leave',
      '--data-dir',
      node.dataDir,
    ]);
    assert.equal(code, 0, stderr);
    assert.ok(!(await tables()).includes('coracle'), await tables());
  });
});
