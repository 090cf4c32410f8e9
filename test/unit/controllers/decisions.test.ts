/** Smaller decisions: garbage, aggregated roles, counts in percent, what holds up a namespace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { ClusterRole } from '../../../hub/api/rbac.ts';
import { aggregatedRules } from '../../../hub/api/rbac-aggregation.ts';
import { fateOf } from '../../../hub/controllers/garbage/owners.ts';
import { resolveCount, resolveFenceposts } from '../../../hub/controllers/int-or-percent.ts';
import { terminationConditions } from '../../../hub/controllers/namespaces/remaining.ts';

function owned(...owners: string[]): KubeObject {
  const ownerReferences = owners.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name }));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', uid: 'c', ownerReferences } };
}

test('an object lives as long as one of its owners', () => {
  assert.deepEqual(fateOf(owned('a', 'b'), ['keeps', 'keeps'], false), { do: 'keep' });
  assert.deepEqual(fateOf(owned('a', 'b'), ['keeps', 'gone'], false), { do: 'drop-owners', uids: ['b'] });
  assert.deepEqual(fateOf(owned('a', 'b'), ['gone', 'gone'], false), { do: 'delete', policy: 'Background' });
  assert.deepEqual(fateOf(owned(), [], false), { do: 'keep' });
});

test('what an owner waits for goes in the same manner, its own dependents first', () => {
  assert.deepEqual(fateOf(owned('a'), ['waits'], true), { do: 'delete', policy: 'Foreground' });
  assert.deepEqual(fateOf(owned('a'), ['waits'], false), { do: 'delete', policy: 'Background' });
});

test('an object that is going already is left alone', () => {
  const going = owned('a');
  going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  assert.deepEqual(fateOf(going, ['gone'], false), { do: 'keep' });
});

test('an aggregated role has each rule of the roles it selects once', () => {
  const role = (name: string, labels: Record<string, string>, ...verbs: string[]): ClusterRole => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules: verbs.map((verb) => ({ apiGroups: [''], resources: ['pods'], verbs: [verb] })),
  });
  const all: ClusterRole = {
    ...role('all', { agg: 'yes' }),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { agg: 'yes' } }, { matchLabels: { extra: 'yes' } }] },
  };
  const roles = [
    all,
    role('b', { agg: 'yes' }, 'list', 'get'),
    role('a', { agg: 'yes' }, 'get'),
    role('c', {}, 'delete'),
  ];
  assert.deepEqual(
    aggregatedRules(all, roles)?.map((rule) => rule.verbs[0]),
    ['get', 'list'],
  );
});

test('shares are rounded as said, and a rolling update can always move', () => {
  assert.deepEqual(
    [resolveCount('25%', 10, 'up'), resolveCount('25%', 10, 'down'), resolveCount(3, 10, 'up')],
    [3, 2, 3],
  );
  assert.deepEqual(resolveFenceposts('10%', '10%', 3), { surge: 1, unavailable: 0 });
  assert.deepEqual(resolveFenceposts(0, '10%', 3), { surge: 0, unavailable: 1 });
});

test('a namespace says what it waits for, and since when', () => {
  const remaining = {
    resources: new Map([
      ['pods', 2],
      ['deployments.apps', 1],
    ]),
    finalizers: new Map([['x.io/f', 1]]),
    failures: [],
    unknown: [],
  };
  const first = terminationConditions(undefined, remaining, 1_000_000);
  assert.deepEqual(
    first.filter((one) => one.status === 'True').map((one) => one.message),
    [
      'Some resources are remaining: deployments.apps has 1 resource instances, pods has 2 resource instances',
      'Some content in the namespace has finalizers remaining: x.io/f in 1 resource instances',
    ],
  );
  assert.deepEqual(terminationConditions(first, remaining, 9_000_000), first);
});
