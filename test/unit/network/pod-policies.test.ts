/** What becomes of the policies a node holds: packet rules as data, when they are programmed, and what waits for them. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { NftMissing } from '../../../agent/network/nft.ts';
import { type LocalPod, localPods } from '../../../agent/network/policy/local-pods.ts';
import { createPodPolicies, type PodPolicies } from '../../../agent/network/policy/pod-policies.ts';
import { makePolicyTable } from '../../../agent/network/policy/policy-table.ts';
import type { SandboxObservation } from '../../../agent/runtime/sandbox.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { ResolvedPolicy, ResolvedRule } from '../../../hub/api/resolved-policy.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { MemoryHeld } from '../../support/memory-held.ts';

const policy = (name: string, spec: Partial<ResolvedPolicy['spec']>): ResolvedPolicy & Record<string, unknown> => ({
  apiVersion: 'coracle.io/v1',
  kind: 'ResolvedNetworkPolicy',
  metadata: { name, namespace: 'shop', resourceVersion: JSON.stringify(spec) },
  spec: { podSelector: {}, ...spec },
});

const local = (uid: string, address: string, change: Partial<LocalPod> = {}): LocalPod => ({
  ...{ uid, namespace: 'shop', labels: { app: uid }, addresses: [address], ports: [] },
  ...change,
});

const sandbox = (uid: string, addresses: string[], createdAt = 1, ready = true): SandboxObservation => ({
  ...{ uid, namespace: 'shop', name: uid, addresses, createdAt, ready },
});

const pod = (uid: string, spec: Partial<Pod['spec']> = {}): Pod & Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, namespace: 'shop', uid, labels: { app: uid }, resourceVersion: '1' },
  spec: { containers: [{ name: 'main' }], ...spec },
});

/** The rules of the one policy, without the names of sets. */
function rulesOf(
  rule: ResolvedRule,
  direction: 'ingress' | 'egress' = 'ingress',
  pods = [local('a', '10.0.0.1')],
): string[] {
  const { table } = makePolicyTable([policy('one', { [direction]: [rule] })], pods);
  const [, chain] = [...table.chains].find(([name]) => name.startsWith('policy-')) ?? [];
  return (chain?.rules ?? []).map((each) => each.replace(/@policy-[a-z]+-[0-9a-f]+-/g, '@'));
}

describe('packet rules of policies', () => {
  it('a Pod that is selected is closed but for what its policies say, one that is not has no rule', () => {
    const pods = [local('a', '10.0.0.1'), local('b', '10.0.0.2'), local('c', '10.0.0.1', { namespace: 'other' })];
    const selectsA = { podSelector: { matchLabels: { app: 'a' } } };
    const { table, isolated } = makePolicyTable(
      [policy('one', { ...selectsA, ingress: [] }), policy('two', { ...selectsA, ingress: [{}] })],
      pods,
    );
    assert.deepEqual([...isolated], ['a']);
    const [[address, verdict] = []] = table.sets.get('ingress4')?.elements ?? [];
    assert.equal(address, '10.0.0.1');
    const rules = table.chains.get(verdict?.replace('goto ', '') ?? '')?.rules ?? [];
    assert.deepEqual(
      rules.map((rule) => rule.split(' ')[0]),
      ['jump', 'jump', 'drop'],
    );
    assert.equal(table.sets.get('egress4')?.elements.size, 0);
    assert.deepEqual([...(table.sets.get('self4')?.elements.keys() ?? [])], ['10.0.0.1 . 10.0.0.1']);
  });

  it('peers and ports are both asked for; nothing enforceable is nothing let through', () => {
    const peers = { addresses: ['10.0.0.9'], blocks: [{ cidr: '10.1.0.0/16', except: ['10.1.1.0/24'] }] };
    assert.deepEqual(rulesOf({}), ['accept']);
    assert.deepEqual(rulesOf({ ports: [] }), []);
    assert.deepEqual(rulesOf({ peers: { addresses: [], blocks: [] } }), ['ip saddr @0-peers4 accept']);
    assert.deepEqual(rulesOf({ peers }, 'egress'), [
      'ip daddr @0-peers4 accept',
      'ip daddr 10.1.0.0/16 ip daddr != 10.1.1.0/24 accept',
    ]);
    const ports = [
      { protocol: 'TCP', port: 80 },
      { protocol: 'TCP', port: 70, endPort: 79 },
      { protocol: 'TCP', port: 443 },
      { protocol: 'UDP', port: 0, endPort: 65_535 },
    ];
    assert.deepEqual(rulesOf({ ports }), ['tcp dport { 70-80, 443 } accept', 'meta l4proto udp accept']);
    assert.deepEqual(rulesOf({ peers: { ...peers, blocks: [{ cidr: '0.0.0.0/0' }] }, ports: ports.slice(3) }), [
      'ip saddr @0-peers4 meta l4proto udp accept',
      'meta nfproto ipv4 meta l4proto udp accept',
    ]);
  });

  it('a name is the port of the Pod itself, or of the peer that is called', () => {
    const named = [{ name: 'http', protocol: 'TCP', port: 8080 }];
    const rule = { peers: { addresses: ['fd00::9'], blocks: [] }, ports: [{ protocol: 'TCP', port: 'http' }] };
    assert.deepEqual(rulesOf(rule, 'ingress', [local('a', '10.0.0.1', { ports: named })]), [
      'ip saddr @0-peers4 ip daddr . tcp dport @0-tcp4 accept',
    ]);
    assert.deepEqual(rulesOf(rule), []);
    const theirs = { peers: rule.peers, ports: [], named: [{ protocol: 'TCP', port: 80, addresses: ['10.0.0.9'] }] };
    assert.deepEqual(rulesOf(theirs, 'egress'), ['ip daddr . tcp dport @0-peer-tcp4 accept']);
  });

  it('Pods of the node: the newest sandbox has an address, the node keeps its own, who leaves stays what it was', () => {
    const before = [local('gone', '10.0.0.3'), local('old', '10.0.0.1')];
    const found = localPods({
      pods: [pod('new'), pod('host', { hostNetwork: true }), pod('process'), pod('ended')],
      sandboxes: [
        sandbox('old', ['10.0.0.1'], 1),
        sandbox('new', ['10.0.0.1'], 2),
        sandbox('host', ['10.0.0.4']),
        sandbox('process', ['192.0.2.1']),
        sandbox('ended', ['10.0.0.5'], 1, false),
        sandbox('gone', ['10.0.0.3']),
        sandbox('unknown', ['10.0.0.6']),
      ],
      nodeAddresses: ['192.0.2.1'],
      before,
    });
    assert.deepEqual(
      found.map(({ uid, addresses }) => [uid, ...addresses]),
      [
        ['new', '10.0.0.1'],
        ['gone', '10.0.0.3'],
      ],
    );
  });
});

interface Stage {
  readonly policies: PodPolicies;
  readonly held: MemoryHeld;
  readonly sandboxes: SandboxObservation[];
  readonly runs: string[];
  failure: Error | undefined;
}

function stage(test: TestContext): Stage {
  const held = new MemoryHeld();
  const made: Omit<Stage, 'policies'> = { held, sandboxes: [], runs: [], failure: undefined };
  const policies = createPodPolicies({
    held: () => held,
    sandboxes: async () => made.sandboxes,
    nodeAddresses: () => [],
    rules: {
      name: 'rules',
      async run(commands) {
        if (stage.failure !== undefined) throw stage.failure;
        made.runs.push(commands);
      },
      watch: () => () => {},
    },
    prepare: async () => {},
    changed: () => {},
    clock: systemClock,
    log: silentLog,
  });
  const stage: Stage = Object.assign(made, { policies });
  test.after(() => policies.stop?.());
  return stage;
}

describe('policies of a node', () => {
  it('what an earlier agent left is removed when no policy is held; without nft that is no trouble', async (test) => {
    const found = stage(test);
    await found.policies.start?.();
    assert.deepEqual(found.runs, ['add table inet coracle_policy\ndelete table inet coracle_policy\n']);
    const bare = stage(test);
    bare.failure = new NftMissing();
    await bare.policies.start?.();
    assert.equal(bare.policies.trouble(), undefined);
    await bare.policies.guard('any');
  });

  it('a container waits until the policies about its Pod are in the kernel', async (test) => {
    const found = stage(test);
    const { policies, held, sandboxes, runs } = found;
    await policies.start?.();
    await held.apply({
      upserts: [policy('one', { podSelector: { matchLabels: { app: 'a' } }, ingress: [] })],
      deletions: [],
    });
    await held.apply({ upserts: [pod('a'), pod('b')], deletions: [] });
    sandboxes.push(sandbox('a', ['10.0.0.1']));
    await policies.guard('a');
    assert.match(runs.at(-1) ?? '', /ingress4 \{ 10\.0\.0\.1 : goto/);
    found.failure = new NftMissing();
    sandboxes.push(sandbox('b', ['10.0.0.2']));
    await policies.guard('b');
    await policies.guard('in the network of the node');
    sandboxes[0] = sandbox('a', ['10.0.0.3'], 3);
    await assert.rejects(policies.guard('a'), {
      reason: 'NetworkPolicyNotProgrammed',
      message: /apt-get install nftables/,
    });
    await held.apply({ upserts: [policy('two', { ingress: [] })], deletions: [] });
    await eventually('the node to say so', () => policies.trouble()?.reason === 'NftMissing');
    await assert.rejects(policies.guard('b'));
  });

  it('a peer more is one element; the last policy takes the table with it', async (test) => {
    const { policies, held, sandboxes, runs } = stage(test);
    const from = (...addresses: string[]): Promise<void> =>
      held.apply({ upserts: [policy('one', { ingress: [{ peers: { addresses, blocks: [] } }] })], deletions: [] });
    sandboxes.push(sandbox('a', ['10.0.0.1']));
    await held.apply({ upserts: [pod('a')], deletions: [] });
    await from();
    await policies.start?.();
    const before = runs.length;
    await from('10.0.0.9');
    await eventually('the change to be programmed', () => runs.length > before);
    assert.match(runs.at(-1) ?? '', /^add element inet coracle_policy \S+-peers4 \{ 10\.0\.0\.9 \}\n$/);
    await held.apply({ upserts: [], deletions: ['networkpolicies/shop/one'] });
    await eventually('the table to go', () => runs.at(-1)?.includes('delete table') === true);
  });
});
