/** Which requests the rules of webhooks are about. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ruleMatches, type RuleSubject } from '../../../hub/registry/admission/webhooks/rules.ts';

const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] };
const subject: RuleSubject = {
  operation: 'CREATE',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  namespace: 'n',
};

describe('rules of webhooks', () => {
  it('are about what all their lists have', () => {
    assert.ok(ruleMatches(rule, subject));
    for (const other of [{ operation: 'DELETE' }, { group: '' }, { version: 'v1beta1' }, { resource: 'daemonsets' }]) {
      assert.ok(!ruleMatches(rule, { ...subject, ...other }), JSON.stringify(other));
    }
    assert.ok(!ruleMatches({}, subject));
  });

  it('take a star for everything', () => {
    const all = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] };
    assert.ok(ruleMatches(all, subject));
    assert.ok(ruleMatches(all, { ...subject, group: '', resource: 'pods', operation: 'CONNECT' }));
  });

  it('name subresources after a slash', () => {
    const scale = { ...subject, subresource: 'scale' };
    const status = { ...subject, subresource: 'status' };
    const cases: [string, boolean, boolean, boolean][] = [
      ['*', true, false, false],
      ['*/*', true, true, true],
      ['deployments/*', true, true, true],
      ['*/scale', false, true, false],
      ['deployments/status', false, false, true],
      ['pods/status', false, false, false],
    ];
    for (const [resource, ...wanted] of cases) {
      const resources = { ...rule, resources: [resource] };
      const found = [subject, scale, status].map((one) => ruleMatches(resources, one));
      assert.deepEqual(found, wanted, resource);
    }
  });

  it('are of namespaces, of the cluster or of both; Namespaces are of the cluster', () => {
    const inNamespace = subject;
    const inCluster = { ...subject, namespace: '' };
    const core = { ...rule, apiGroups: [''], resources: ['namespaces'] };
    const namespace = { ...subject, group: '', resource: 'namespaces', namespace: 'n' };
    const of = (scope: string): boolean[] => [
      ruleMatches({ ...rule, scope }, inNamespace),
      ruleMatches({ ...rule, scope }, inCluster),
      ruleMatches({ ...core, scope }, namespace),
    ];
    assert.deepEqual(of('*'), [true, true, true]);
    assert.deepEqual(of('Namespaced'), [true, false, false]);
    assert.deepEqual(of('Cluster'), [false, true, true]);
  });
});
