/** The review resources and TokenRequest: bodies in, statuses out, as recorded from a real API server. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../../hub/api/object.ts';
import {
  nodes,
  pods,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  type ResourceRef,
} from '../../../hub/api/resource.ts';
import type { User } from '../../../hub/api/user.ts';
import type { VirtualResource } from '../../../hub/auth/auth.ts';
import { createAuthorizer } from '../../../hub/auth/authorizer.ts';
import { ensureBootstrap } from '../../../hub/auth/bootstrap/bootstrap.ts';
import { newKey } from '../../../hub/auth/key-pair.ts';
import { createNodeAuthorizer } from '../../../hub/auth/node-authorizer.ts';
import { createRbac } from '../../../hub/auth/rbac.ts';
import { selectorErrors } from '../../../hub/auth/reviews/review-selectors.ts';
import { virtualResources } from '../../../hub/auth/reviews/reviews.ts';
import { ServiceAccountTokens } from '../../../hub/auth/service-account-tokens.ts';
import { NodeRestriction } from '../../../hub/registry/admission/node-restriction.ts';
import type { AdmissionPlugin } from '../../../hub/registry/registry.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const ann: User = { name: 'ann', groups: ['system:authenticated'] };

async function fixture(t: TestContext) {
  const admission: AdmissionPlugin[] = [];
  const registry = await openTestRegistry(t, { admission });
  admission.push(new NodeRestriction(registry));
  const directory = fileURLToPath(new URL('../../../configs/bootstrap', import.meta.url));
  const hub = { serviceCidr: '10.152.0.0/16', dns: '10.152.0.10', address: '192.168.1.2', port: 16443 };
  await ensureBootstrap(registry, { directory, ca: 'CA', frontProxyCa: 'FRONT', log: silentLog, ...hub });
  const rbac = createRbac(registry);
  t.after(() => rbac.stop());
  const create = async (ref: ResourceRef, kind: string, name: string, rest: object, apiVersion = 'v1') => {
    const namespace = ref === nodes ? '' : 'default';
    const metadata = namespace === '' ? { name } : { name, namespace };
    return (await registry.create(ref, namespace, { apiVersion, kind, metadata, ...rest } as KubeObject, asAdmin))
      .entry;
  };
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
  await create(roles, 'Role', 'reader', { rules }, `${apiGroup}/v1`);
  const roleRef = { apiGroup, kind: 'Role', name: 'reader' };
  const subjects = [
    { apiGroup, kind: 'User', name: 'ann' },
    { apiGroup, kind: 'Group', name: 'team' },
  ];
  await create(roleBindings, 'RoleBinding', 'reader', { roleRef, subjects }, `${apiGroup}/v1`);
  const account = await create(serviceAccounts, 'ServiceAccount', 'app', {});
  const clock = manualClock();
  const tokens = new ServiceAccountTokens({ key: newKey(), registry, clock });
  const authorizer = createAuthorizer({ nodes: createNodeAuthorizer(registry), rbac });
  const all = virtualResources({ authorizer, rbac, tokens, registry, clock });
  const post = async (
    resource: string,
    spec: object,
    user: User = ann,
    where = { namespace: '', name: '' },
  ): Promise<KubeObject> => {
    const [plural, subresource = ''] = resource.split('/');
    const found = all.find((one) => one.resource === plural && one.subresource === subresource) as VirtualResource;
    const metadata = where.namespace === '' ? {} : { namespace: where.namespace };
    return found.create({ body: { metadata, spec } as unknown as KubeObject, user, ...where });
  };
  const status = async (...ask: Parameters<typeof post>): Promise<unknown> => (await post(...ask)).status;
  return { registry, create, tokens, account, post, status };
}

const get = { namespace: 'default', verb: 'get', resource: 'configmaps' };
const byReader = (who: string): object => ({
  allowed: true,
  reason: `RBAC: allowed by RoleBinding "reader/default" of Role "reader" to ${who}`,
});

test('access reviews answer for others, for a namespace and for oneself', async (t) => {
  const { status } = await fixture(t);
  assert.deepEqual(
    await status('subjectaccessreviews', { user: 'ann', resourceAttributes: get }),
    byReader('User "ann"'),
  );
  assert.deepEqual(
    await status('subjectaccessreviews', { user: 'x', groups: ['team'], resourceAttributes: get }),
    byReader('Group "team"'),
  );
  assert.deepEqual(await status('subjectaccessreviews', { user: 'bob', resourceAttributes: get }), { allowed: false });
  assert.deepEqual(
    await status('subjectaccessreviews', { user: 'bob', groups: ['system:masters'], resourceAttributes: get }),
    { allowed: true },
  );
  assert.deepEqual(
    await status('subjectaccessreviews', {
      user: 'bob',
      groups: ['system:authenticated'],
      nonResourceAttributes: { path: '/healthz', verb: 'get' },
    }),
    {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:authenticated"',
    },
  );
  assert.deepEqual(await status('selfsubjectaccessreviews', { resourceAttributes: get }), byReader('User "ann"'));
  assert.deepEqual(
    await status('localsubjectaccessreviews', { user: 'ann', resourceAttributes: get }, ann, {
      namespace: 'default',
      name: '',
    }),
    byReader('User "ann"'),
  );
  await assert.rejects(
    status('localsubjectaccessreviews', { user: 'ann', resourceAttributes: get }, ann, { namespace: 'y', name: '' }),
    {
      message:
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace',
    },
  );
  await assert.rejects(status('subjectaccessreviews', { resourceAttributes: get }), {
    reason: 'Invalid',
    message: /at least one of user or group/,
  });
  await assert.rejects(status('subjectaccessreviews', { user: 'a' }), { reason: 'Invalid', message: /exactly one of/ });
  await assert.rejects(status('subjectaccessreviews', { user: 7, resourceAttributes: get }), { reason: 'BadRequest' });
});

test('the rules review lists what the sender may do', async (t) => {
  const { status } = await fixture(t);
  const answer = (await status('selfsubjectrulesreviews', { namespace: 'default' })) as {
    resourceRules: object[];
    incomplete: boolean;
  };
  assert.equal(answer.incomplete, false);
  assert.deepEqual(answer.resourceRules.at(-1), { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] });
  await assert.rejects(status('selfsubjectrulesreviews', {}), {
    reason: 'BadRequest',
    message: 'no namespace on request',
  });
});

test('a token request gives a token that the token review knows', async (t) => {
  const { post, status, account } = await fixture(t);
  const at = { namespace: 'default', name: 'app' };
  const answer = await post('serviceaccounts/token', {}, ann, at);
  assert.equal(answer.kind, 'TokenRequest');
  assert.deepEqual(answer.spec, {
    audiences: ['https://kubernetes.default.svc'],
    expirationSeconds: 3600,
    boundObjectRef: null,
  });
  const { token } = answer.status as { token: string };
  const review = (await status('tokenreviews', { token })) as {
    authenticated: boolean;
    user: { username: string; uid: string };
  };
  assert.equal(review.authenticated, true);
  assert.deepEqual([review.user.username, review.user.uid], ['system:serviceaccount:default:app', account.uid]);
  const elsewhere = (await status('tokenreviews', { token, audiences: ['vault'] })) as {
    authenticated?: boolean;
    error: string;
  };
  assert.equal(elsewhere.authenticated, undefined);
  assert.match(elsewhere.error, /invalid bearer token/);
  const vault = await post('serviceaccounts/token', { audiences: ['vault', 'b'], expirationSeconds: 700 }, ann, at);
  const { token: forVault } = vault.status as { token: string };
  assert.deepEqual(
    ((await status('tokenreviews', { token: forVault, audiences: ['vault'] })) as { audiences: string[] }).audiences,
    ['vault'],
  );
  await assert.rejects(status('tokenreviews', {}), { reason: 'BadRequest' });
});

test('token requests that cannot be met are refused in Kubernetes’ words', async (t) => {
  const { post, create } = await fixture(t);
  await create(pods, 'Pod', 'other', { spec: { serviceAccountName: 'else', containers: [{ name: 'c', image: 'i' }] } });
  const refused = async (spec: object, reason: string, message: string | RegExp, name = 'app'): Promise<void> => {
    await assert.rejects(post('serviceaccounts/token', spec, ann, { namespace: 'default', name }), { reason, message });
  };
  const invalid = 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value:';
  await refused({ expirationSeconds: 5 }, 'Invalid', `${invalid} 5: may not specify a duration less than 10 minutes`);
  await refused(
    { expirationSeconds: 5000000000 },
    'Invalid',
    `${invalid} 5000000000: may not specify a duration larger than 2^32 seconds`,
  );
  await refused({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'zz' } }, 'NotFound', 'pods "zz" not found');
  await refused(
    { boundObjectRef: { kind: 'Job', apiVersion: 'batch/v1', name: 'zz' } },
    'BadRequest',
    'cannot bind token to object of type batch/v1, Kind=Job',
  );
  await refused(
    { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'other' } },
    'BadRequest',
    /different serviceaccount name/,
  );
  await refused(
    { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'other', uid: 'x' } },
    'Conflict',
    /does not match the UID in record/,
  );
  await refused({}, 'NotFound', 'serviceaccounts "zz" not found', 'zz');
});

test('a node gets tokens for Pods bound to it only, and writes about itself only', async (t) => {
  const { post, create, registry } = await fixture(t);
  const spec = { serviceAccountName: 'app', nodeName: 'a', containers: [{ name: 'c', image: 'i' }] };
  await create(pods, 'Pod', 'mine', { spec });
  await create(secrets, 'Secret', 's', {});
  const nodeUser = (name: string): User => ({ name: `system:node:${name}`, groups: ['system:nodes'] });
  const ask = (node: string, kind: string, name: string) =>
    post('serviceaccounts/token', { boundObjectRef: { kind, apiVersion: 'v1', name } }, nodeUser(node), {
      namespace: 'default',
      name: 'app',
    });
  assert.ok((await ask('a', 'Pod', 'mine')).status);
  await assert.rejects(ask('b', 'Pod', 'mine'), { reason: 'Forbidden', message: /different node/ });
  await assert.rejects(ask('a', 'Secret', 's'), { reason: 'Forbidden', message: /not bound to a pod/ });
  await assert.rejects(post('serviceaccounts/token', {}, nodeUser('a'), { namespace: 'default', name: 'app' }), {
    reason: 'Forbidden',
  });

  const asA = { user: nodeUser('a'), manager: 'agent' };
  const node = (name: string, labels: Record<string, string> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
  });
  await assert.rejects(registry.create(nodes, '', node('b'), asA), {
    reason: 'Forbidden',
    message: /is not allowed to modify node "b"/,
  });
  await assert.rejects(registry.create(nodes, '', node('a', { 'node-restriction.kubernetes.io/x': '1' }), asA), {
    reason: 'Forbidden',
    message: /following labels/,
  });
  await registry.create(nodes, '', node('a', { zone: 'z' }), asA);
  const taint = (object: KubeObject): void =>
    void Object.assign(object, { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } });
  await assert.rejects(registry.modify(nodes, '', 'a', taint, asA), { reason: 'Forbidden', message: /modify taints/ });
  await registry.modify(
    nodes,
    '',
    'a',
    (object) => void Object.assign(object.metadata.labels ?? {}, { zone: 'y' }),
    asA,
  );
});

test('somebody asks who they are', async (t) => {
  const { status } = await fixture(t);
  assert.deepEqual(await status('selfsubjectreviews', {}), {
    userInfo: { username: 'ann', groups: ['system:authenticated'] },
  });
});

test('selectors of access reviews are checked', () => {
  const both = { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] };
  for (const [attributes, ...messages] of [
    [{ fieldSelector: { rawSelector: 'spec.nodeName=n1' } }],
    [{ labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b'] }] } }],
    [{ labelSelector: { requirements: [{ key: 'a', operator: 'Later' }] } }],
    [{ fieldSelector: both }, 'spec.resourceAttributes.fieldSelector.rawSelector: may not specified at the same time'],
    [{ labelSelector: {} }, 'spec.resourceAttributes.labelSelector.requirements: when spec.resourceAttributes.labelS'],
    [{ fieldSelector: { requirements: [{}] } }, 'spec.resourceAttributes.fieldSelector.requirements[0].key: must be'],
    [
      { labelSelector: { requirements: [{ key: 'a', operator: 'NotIn' }] } },
      'spec.resourceAttributes.labelSelector.requirements[0].values: must be specified when',
    ],
    [
      { labelSelector: { requirements: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
      'spec.resourceAttributes.labelSelector.requirements[0].values: may not be specified when',
    ],
  ] as [object, ...string[]][]) {
    const errors = selectorErrors(attributes as never).map(({ field, message }) => `${field}: ${message}`);
    assert.equal(errors.length, messages.length, errors.join());
    for (const [at, start] of messages.entries()) {
      const [field = '', text = ''] = start.split(': ');
      assert.ok(errors[at]?.startsWith(field) && errors[at]?.includes(text), errors[at]);
    }
  }
});
