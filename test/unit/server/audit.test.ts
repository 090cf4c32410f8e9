/** The audit policy: what it takes, what it refuses, which rule decides; and how events are written. */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Access } from '../../../hub/api/access.ts';
import {
  agentText,
  eventLine,
  microTime,
  sourceAddresses,
  withoutManagedFields,
} from '../../../hub/server/audit/event.ts';
import { ruleFor } from '../../../hub/server/audit/policy.ts';
import { policyOf, readAuditPolicy } from '../../../hub/server/audit/read-policy.ts';

function policy(rules: object[], more: object = {}): ReturnType<typeof policyOf> {
  return policyOf({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules, ...more });
}

const asked: Access = {
  user: { name: 'ann', groups: ['dev'] },
  verb: 'get',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: 'a',
};
const path = (to: string): Access => ({ ...asked, resource: '', namespace: '', name: '', path: to });

describe('an audit policy', () => {
  it('is decided by its first rule that matches', () => {
    const rows: [string, object, Access, boolean][] = [
      ['anything', {}, asked, true],
      ['a user', { users: ['ann'] }, asked, true],
      ['another user', { users: ['bob'] }, asked, false],
      ['a group', { userGroups: ['ops', 'dev'] }, asked, true],
      ['another group', { userGroups: ['ops'] }, asked, false],
      ['a verb', { verbs: ['list'] }, asked, false],
      ['a namespace', { namespaces: ['default'] }, asked, true],
      ['no namespace', { namespaces: [''] }, asked, false],
      ['a namespace, of a path', { namespaces: ['default'] }, path('/version'), false],
      ['a group of resources', { resources: [{ group: '' }] }, asked, true],
      ['another group of resources', { resources: [{ group: 'apps' }] }, asked, false],
      ['a resource', { resources: [{ group: '', resources: ['pods'] }] }, asked, true],
      ['a resource, not its parts', { resources: [{ resources: ['pods'] }] }, { ...asked, subresource: 'log' }, false],
      ['a part', { resources: [{ resources: ['pods/log'] }] }, { ...asked, subresource: 'log' }, true],
      ['all parts', { resources: [{ resources: ['pods/*'] }] }, { ...asked, subresource: 'log' }, true],
      ['a part of all', { resources: [{ resources: ['*/log'] }] }, { ...asked, subresource: 'log' }, true],
      ['a part of all, not the whole', { resources: [{ resources: ['*/log'] }] }, asked, false],
      ['all', { resources: [{ resources: ['*'] }] }, { ...asked, subresource: 'log' }, true],
      ['a name', { resources: [{ resources: ['pods'], resourceNames: ['a'] }] }, asked, true],
      ['another name', { resources: [{ resources: ['pods'], resourceNames: ['b'] }] }, asked, false],
      ['a path', { nonResourceURLs: ['/version'] }, path('/version'), true],
      ['what is below', { nonResourceURLs: ['/healthz*'] }, path('/healthz/ping'), true],
      ['another path', { nonResourceURLs: ['/healthz*'] }, path('/version'), false],
      ['paths, of a resource', { nonResourceURLs: ['*'] }, asked, false],
    ];
    for (const [what, rule, attributes, matches] of rows) {
      const found = ruleFor(policy([{ level: 'Metadata', ...rule }, { level: 'None' }]), attributes);
      assert.equal(found !== undefined, matches, what);
    }
    assert.equal(ruleFor(policy([{ level: 'Request', users: ['bob'] }]), asked), undefined);
  });

  it('leaves out what the policy and the rule leave out', () => {
    const more = { omitStages: ['RequestReceived'], omitManagedFields: true };
    const { rules } = policy(
      [
        { level: 'Metadata', omitStages: ['Panic'] },
        { level: 'Metadata', omitManagedFields: false },
      ],
      more,
    );
    assert.deepEqual([...(rules[0]?.omitStages ?? [])], ['RequestReceived', 'Panic']);
    assert.deepEqual(
      rules.map((rule) => rule.omitManagedFields),
      [true, false],
    );
  });

  it('is refused by the name of what is wrong with it', () => {
    const rows: [object, string][] = [
      [{ rules: [] }, 'rules: must not be empty'],
      [{ kind: 'Secret', rules: [{}] }, 'must be kind Policy of apiVersion audit.k8s.io/v1'],
      [{ rules: [{}] }, 'rules[0].level: must be one of None, Metadata, Request, RequestResponse, not undefined'],
      [
        { rules: [{ level: 'metadata' }] },
        'rules[0].level: must be one of None, Metadata, Request, RequestResponse, not "metadata"',
      ],
      [{ rules: [{ level: 'None' }, { level: 'None', user: [] }] }, 'rules[1]: unknown field "user"; known are'],
      [{ rules: [{ level: 'None', users: 'ann' }] }, 'rules[0].users: must be a list'],
      [{ rules: [{ level: 'None', users: [7] }] }, 'rules[0].users[0]: must be a string, not 7'],
      [{ rules: [{ level: 'None', omitStages: ['Never'] }] }, 'rules[0].omitStages[0]: must be one of RequestReceived'],
      [{ rules: [{ level: 'None', nonResourceURLs: ['x'] }] }, 'rules[0].nonResourceURLs[0]: must begin with a slash'],
      [
        { rules: [{ level: 'None', nonResourceURLs: ['/*/x'] }] },
        'rules[0].nonResourceURLs[0]: may have a * at its end only',
      ],
      [
        { rules: [{ level: 'None', nonResourceURLs: ['*'], namespaces: ['a'] }] },
        'rules[0].nonResourceURLs: a rule is about',
      ],
      [
        { rules: [{ level: 'None', resources: [{ group: 'apps/v1' }] }] },
        'rules[0].resources[0].group: must be the name',
      ],
      [
        { rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] },
        'rules[0].resources[0].resourceNames: needs',
      ],
      [{ rules: [{ level: 'None' }], omitManagedFields: 1 }, 'omitManagedFields: must be true or false'],
    ];
    for (const [fields, message] of rows) {
      const file = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...fields };
      assert.throws(
        () => policyOf(file),
        (error: Error) => error.message.startsWith(message),
        message,
      );
    }
  });

  it('is there to begin with, and keeps secrets out', async () => {
    const recommended = await readAuditPolicy(
      fileURLToPath(new URL('../../../configs/audit-policy.yaml', import.meta.url)),
    );
    const level = (attributes: Partial<Access>): string | undefined =>
      ruleFor(recommended, { ...asked, verb: 'create', ...attributes })?.level;
    for (const resource of ['secrets', 'configmaps']) assert.equal(level({ resource }), 'Metadata');
    assert.equal(level({ resource: 'serviceaccounts', subresource: 'token' }), 'Metadata');
    assert.equal(level({ resource: 'tokenreviews', group: 'authentication.k8s.io' }), 'Metadata');
    assert.equal(level({ resource: 'pods' }), 'Request');
    assert.equal(ruleFor(recommended, path('/healthz')), undefined);
    await assert.rejects(
      readAuditPolicy('/none/such.yaml'),
      /^Error: audit policy \/none\/such\.yaml cannot be read: ENOENT/,
    );
  });
});

test('an event is one line, with the fields of audit.k8s.io/v1', () => {
  const line = eventLine({
    level: 'Request',
    auditID: 'id',
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/pods',
    verb: 'create',
    user: { name: 'ann', groups: ['dev'], extra: {} },
    impersonatedUser: { name: 'bob', groups: [] },
    sourceIPs: ['10.0.0.1'],
    userAgent: 'kubectl',
    objectRef: { resource: 'pods', namespace: 'default', name: 'a', apiGroup: '', apiVersion: 'v1', subresource: '' },
    responseStatus: { code: 201 },
    requestObject: '{"kind":"Pod"}',
    responseObject: undefined,
    received: 1_700_000_000_000.25,
    at: 1_700_000_000_001.5,
    annotations: { a: 'b' },
  });
  assert.ok(line.endsWith('\n') && line.indexOf('\n') === line.length - 1);
  assert.deepEqual(JSON.parse(line), {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Request',
    auditID: 'id',
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/pods',
    verb: 'create',
    user: { username: 'ann', groups: ['dev'] },
    impersonatedUser: { username: 'bob' },
    sourceIPs: ['10.0.0.1'],
    userAgent: 'kubectl',
    objectRef: { resource: 'pods', namespace: 'default', name: 'a', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    requestObject: { kind: 'Pod' },
    requestReceivedTimestamp: '2023-11-14T22:13:20.000250Z',
    stageTimestamp: '2023-11-14T22:13:20.001500Z',
    annotations: { a: 'b' },
  });
});

test('what an event is made of', () => {
  assert.equal(microTime(1.0625), '1970-01-01T00:00:00.001062Z');
  assert.equal(agentText('x'.repeat(1025)), `${'x'.repeat(1024)}...TRUNCATED`);
  assert.deepEqual(sourceAddresses({ forwarded: '1.2.3.4, nonsense!', real: '5.6.7.8' }, '::ffff:9.9.9.9'), [
    '1.2.3.4',
    '5.6.7.8',
    '9.9.9.9',
  ]);
  assert.deepEqual(sourceAddresses({ forwarded: '', real: '' }, '9.9.9.9'), ['9.9.9.9']);
  const managed = { metadata: { name: 'a', managedFields: [1] } };
  const plain = { metadata: { name: 'a' } };
  const bare = (value: object): unknown => JSON.parse(JSON.stringify(withoutManagedFields(value)));
  assert.deepEqual(bare({ kind: 'A', ...managed }), { kind: 'A', ...plain });
  assert.deepEqual(bare({ metadata: {}, items: [managed] }), { metadata: {}, items: [plain] });
  assert.deepEqual(bare({ rows: [{ cells: [], object: managed }] }), { rows: [{ cells: [], object: plain }] });
});
