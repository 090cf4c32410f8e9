/** What nodes are sent of NetworkPolicies, and when. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { NetworkPolicy, NetworkPolicySpec } from '../../../hub/api/networking.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { ResolvedPolicy } from '../../../hub/api/resolved-policy.ts';
import { namespaces, networkPolicies, pods } from '../../../hub/api/resource.ts';
import { Policies } from '../../../hub/mqtt/policies/policies.ts';
import type { PolicyPod } from '../../../hub/mqtt/policies/policy-pod.ts';
import { policyRules, resolvePolicy } from '../../../hub/mqtt/policies/policy-rules.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const policy = (spec: NetworkPolicySpec, name = 'rule', namespace = 'shop'): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec: { podSelector: {}, ...spec },
});

const facts = (name: string, namespace: string, ip: string, change: Partial<PolicyPod> = {}): PolicyPod => ({
  ...{ name, namespace, uid: name, node: 'n1', labels: { app: name }, addresses: ip === '' ? [] : [ip], ports: [] },
  ...change,
});

const world = {
  namespaces: new Map([
    ['shop', { team: 'a' }],
    ['stock', { team: 'a' }],
    ['other', { team: 'b' }],
  ]),
  podsIn: (namespace: string) =>
    [
      facts('web', 'shop', '10.0.0.2', { ports: [{ name: 'http', protocol: 'TCP', port: 80 }] }),
      facts('db', 'shop', '10.0.0.1', { ports: [{ name: 'http', protocol: 'TCP', port: 8080 }] }),
      facts('starting', 'shop', ''),
      facts('web', 'stock', '10.0.1.1', { ports: [{ name: 'http', protocol: 'UDP', port: 80 }] }),
      facts('web', 'other', '10.0.2.1', { ports: [{ name: 'http', protocol: 'TCP', port: 80 }] }),
    ].filter((pod) => pod.namespace === namespace),
};

const resolve = (spec: NetworkPolicySpec): ResolvedPolicy['spec'] =>
  resolvePolicy(policyRules(policy(spec)), world).spec;

test('peers become the addresses of Pods: of the own namespace, of namespaces, of Pods in namespaces', () => {
  const from = [
    { podSelector: {} },
    { namespaceSelector: { matchLabels: { team: 'b' } } },
    { namespaceSelector: {}, podSelector: { matchLabels: { app: 'web' } } },
    { namespaceSelector: { matchLabels: { team: 'a' } }, podSelector: { matchLabels: { app: 'nobody' } } },
  ];
  const { ingress = [] } = resolve({ ingress: from.map((peer) => ({ from: [peer] })) });
  assert.deepEqual(
    ingress.map(({ peers }) => peers?.addresses),
    [['10.0.0.1', '10.0.0.2'], ['10.0.2.1'], ['10.0.0.2', '10.0.1.1', '10.0.2.1'], []],
  );
});

test('what is not set is everybody or every port; what is not enforced lets nothing through', () => {
  const { ingress = [] } = resolve({
    ingress: [
      {},
      { from: [], ports: [] },
      { ports: [{ protocol: 'SCTP', port: 5 }] },
      { ports: [{ protocol: 'UDP' }] },
    ],
  });
  assert.deepEqual(ingress, [{}, {}, { ports: [] }, { ports: [{ protocol: 'UDP', port: 0, endPort: 65_535 }] }]);
});

test('a policy restricts the directions of its types, ingress and what it has rules for when it names none', () => {
  const directions = (spec: NetworkPolicySpec): string[] => Object.keys(resolve(spec)).slice(1);
  assert.deepEqual(directions({}), ['ingress']);
  assert.deepEqual(directions({ egress: [{}] }), ['ingress', 'egress']);
  assert.deepEqual(directions({ policyTypes: ['Egress'], ingress: [{}] }), ['egress']);
});

test('a name of a port is asked of the receiving end', () => {
  const ports = [{ port: 'http' }, { port: 53, endPort: 60 }];
  const [inward] = resolve({ ingress: [{ ports }] }).ingress ?? [];
  assert.deepEqual(inward?.ports, [
    { protocol: 'TCP', port: 'http' },
    { protocol: 'TCP', port: 53, endPort: 60 },
  ]);
  const egress = (to: NonNullable<NetworkPolicySpec['egress']>[number]['to']): unknown => {
    const [rule] =
      resolve({ policyTypes: ['Egress'], egress: [{ ...(to === undefined ? {} : { to }), ports }] }).egress ?? [];
    assert.deepEqual(rule?.ports, [{ protocol: 'TCP', port: 53, endPort: 60 }]);
    return rule?.named;
  };
  const named = (port: number, ...addresses: string[]): unknown => ({ protocol: 'TCP', port, addresses });
  assert.deepEqual(egress([{ podSelector: {} }]), [named(80, '10.0.0.2'), named(8080, '10.0.0.1')]);
  assert.deepEqual(egress([{ ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.0.1/32'] } }]), [
    named(80, '10.0.0.2', '10.0.2.1'),
  ]);
  assert.deepEqual(egress(undefined), [named(80, '10.0.0.2', '10.0.2.1'), named(8080, '10.0.0.1')]);
});

test('the version is the same as long as the policy says the same', () => {
  const rules = policyRules(policy({ ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] }));
  const version = (pods: PolicyPod[]): string | undefined =>
    resolvePolicy(rules, { ...world, podsIn: () => pods }).metadata.resourceVersion;
  const web = facts('web', 'shop', '10.0.0.2');
  assert.equal(version([web]), version([facts('db', 'shop', '10.0.0.9'), web]));
  assert.notEqual(version([web]), version([facts('web', 'shop', '10.0.0.3')]));
});

interface Stage {
  readonly registry: Registry;
  readonly clock: ManualClock;
  readonly policies: Policies;
  /** `node key` of what was told since it was last asked. */
  told(): string[];
  create(object: KubeObject): Promise<void>;
  pod(name: string, node: string, ip: string, labels?: Record<string, string>): Promise<void>;
  addresses(node: string, name: string): readonly string[] | undefined;
}

async function stage(t: TestContext): Promise<Stage> {
  const [registry, clock] = [await openTestRegistry(t), manualClock()];
  let told: string[] = [];
  const policies = new Policies({ registry, clock, changed: (node, key) => told.push(`${node} ${key}`) });
  policies.start();
  t.after(() => policies.stop());
  const refs = { Pod: pods, NetworkPolicy: networkPolicies, Namespace: namespaces };
  const create = async (object: KubeObject): Promise<void> => {
    const ref = refs[object.kind as keyof typeof refs];
    await registry.create(ref, object.metadata.namespace ?? '', object, asAdmin);
  };
  for (const name of ['shop', 'stock'])
    await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { name } } });
  return {
    ...{ registry, clock, policies, create },
    told() {
      const now = told;
      told = [];
      return now.sort();
    },
    async pod(name, node, ip, labels = { app: name }) {
      const spec = { nodeName: node, containers: [{ name: 'main', image: 'x' }] };
      await create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels }, spec });
      const status = { ...asAdmin, subresource: 'status' };
      await registry.modify<Pod & KubeObject>(
        ...([pods, 'shop', name] as const),
        (pod) => {
          pod.status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
        },
        status,
      );
    },
    addresses(node, name) {
      const found = policies.resolve(node, `networkpolicies/shop/${name}`);
      if (found === undefined) return undefined;
      const { spec } = JSON.parse(found.bytes.toString()) as ResolvedPolicy;
      return spec.ingress?.[0]?.peers?.addresses;
    },
  };
}

const fromApp = (selected: string, app: string, name = 'rule'): NetworkPolicy & KubeObject =>
  policy(
    {
      podSelector: { matchLabels: { app: selected } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app } } }] }],
    },
    name,
  ) as NetworkPolicy & KubeObject;

test('a node is told of the policies about its Pods at once, of peers when what they change is gathered', async (t) => {
  const { clock, told, create, pod, addresses, registry } = await stage(t);
  await pod('web', 'n1', '10.0.0.2');
  await pod('client', 'n2', '10.0.0.3');
  await create(fromApp('web', 'client'));
  assert.deepEqual(told(), ['n1 networkpolicies/shop/rule']);
  assert.deepEqual([addresses('n1', 'rule'), addresses('n2', 'rule')], [['10.0.0.3'], undefined]);

  await pod('stranger', 'n2', '10.0.0.4');
  await pod('second', 'n3', '10.0.0.5', { app: 'client' });
  await pod('third', 'n3', '10.0.0.6', { app: 'client' });
  assert.deepEqual(told(), []);
  clock.advance(250);
  assert.deepEqual(told(), ['n1 networkpolicies/shop/rule']);
  assert.deepEqual(addresses('n1', 'rule'), ['10.0.0.3', '10.0.0.5', '10.0.0.6']);

  await pod('web2', 'n3', '10.0.0.7', { app: 'web' });
  assert.deepEqual(told(), ['n3 networkpolicies/shop/rule']);
  await registry.delete(pods, 'shop', 'web2', { ...asAdmin, gracePeriodSeconds: 0 });
  assert.deepEqual(told(), ['n3 networkpolicies/shop/rule']);
  assert.equal(addresses('n3', 'rule'), undefined);
  clock.advance(250);
  assert.deepEqual(told(), [], 'a Pod that is nobody the policy asks for changes nothing');

  await registry.delete(networkPolicies, 'shop', 'rule', asAdmin);
  assert.deepEqual(told(), ['n1 networkpolicies/shop/rule']);
  assert.equal(addresses('n1', 'rule'), undefined);
});

test('labels decide, of Pods and of namespaces, as they change; a Pod that ended is a peer no more', async (t) => {
  const { clock, told, create, pod, addresses, registry, policies } = await stage(t);
  await pod('web', 'n1', '10.0.0.2');
  await pod('client', 'n2', '10.0.0.3');
  await create(fromApp('web', 'client'));
  const label = (name: string, app: string): Promise<unknown> =>
    registry.modify(pods, 'shop', name, (found) => void Object.assign(found.metadata, { labels: { app } }), asAdmin);
  await label('web', 'plain');
  assert.equal(addresses('n1', 'rule'), undefined);
  await label('web', 'web');
  assert.deepEqual([...policies.wanted('n1')].length, 1);
  await registry.modify<Pod & KubeObject>(
    ...([pods, 'shop', 'client'] as const),
    (found) => void Object.assign(found.status ?? {}, { phase: 'Succeeded' }),
    { ...asAdmin, subresource: 'status' },
  );
  clock.advance(250);
  assert.deepEqual(addresses('n1', 'rule'), []);

  const named = { namespaceSelector: { matchLabels: { name: 'mine' } } };
  await create(policy({ ingress: [{ from: [named] }] }, 'wide') as NetworkPolicy & KubeObject);
  assert.deepEqual(addresses('n1', 'wide'), []);
  told();
  await registry.modify(
    ...([namespaces, '', 'shop'] as const),
    (found) => void Object.assign(found.metadata, { labels: { name: 'mine' } }),
    asAdmin,
  );
  clock.advance(250);
  assert.deepEqual(addresses('n1', 'wide'), ['10.0.0.2']);
});

test('Pods are followed from the first policy to the last', async (t) => {
  const { clock, told, create, pod, addresses, registry } = await stage(t);
  await pod('web', 'n1', '10.0.0.2');
  await create(fromApp('web', 'client'));
  await registry.delete(networkPolicies, 'shop', 'rule', asAdmin);
  await pod('client', 'n2', '10.0.0.3');
  clock.advance(250);
  told();
  assert.equal(clock.pending, 0);
  await create(fromApp('web', 'client', 'again'));
  assert.deepEqual(addresses('n1', 'again'), ['10.0.0.3']);
});
