/** ServiceAccounts, their tokens, and what every namespace gets. */
import assert from 'node:assert/strict';
import { core, pod, podSpec } from '../objects.ts';
import { type ApiObject, conformance, until } from '../suite.ts';

const account = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name },
  ...more,
});

conformance('[sig-auth] service_accounts.go: ServiceAccount lifecycle', async (cluster) => {
  const { items, namespace, ok, patch } = cluster;
  const all = core(cluster, 'serviceaccounts');
  const selector = `labelSelector=account%3D${namespace}`;
  const watch = await cluster.watch(`${all}?watch=true&${selector}`);
  await ok('POST', all, account('testaccount', { metadata: { name: 'testaccount', labels: { account: namespace } } }));
  await until(() => watch.events[0]?.type === 'ADDED');
  const patched = await patch('strategic', `${all}/testaccount`, { automountServiceAccountToken: false });
  assert.equal(patched['automountServiceAccountToken'], false);
  await until(() => watch.events[1]?.object['automountServiceAccountToken'] === false);
  const found = await items(`/api/v1/serviceaccounts?${selector}`);
  assert.deepEqual(
    found.map((one) => one.metadata.name),
    ['testaccount'],
  );
  await ok('DELETE', `${all}?${selector}`);
  await until(() => watch.events[2]?.type === 'DELETED');
});

conformance('[sig-auth] service_accounts.go: ServiceAccount update', async (cluster) => {
  const path = core(cluster, 'serviceaccounts', 'changed');
  const made = await cluster.ok('POST', core(cluster, 'serviceaccounts'), account('changed'));
  made['automountServiceAccountToken'] = true;
  assert.equal((await cluster.ok('PUT', path, made))['automountServiceAccountToken'], true);
  assert.equal((await cluster.ok('GET', path))['automountServiceAccountToken'], true);
});

conformance('[sig-auth] service_accounts.go: automount opt-out', async (cluster) => {
  const wishes = { none: undefined, yes: true, no: false };
  for (const [name, automountServiceAccountToken] of Object.entries(wishes)) {
    await cluster.ok('POST', core(cluster, 'serviceaccounts'), account(name, { automountServiceAccountToken }));
  }
  const mounts = async (serviceAccountName: string, automountServiceAccountToken?: boolean): Promise<boolean> => {
    // bound to no node: only what admission made of it counts
    const spec = podSpec(undefined, {
      serviceAccountName,
      automountServiceAccountToken,
      nodeSelector: { nowhere: 'yes' },
    });
    const name = `${serviceAccountName}-${String(automountServiceAccountToken)}`;
    const made = await cluster.ok('POST', core(cluster, 'pods'), pod(name, spec));
    const paths = (made['spec'].containers[0].volumeMounts ?? []).map((one: { mountPath: string }) => one.mountPath);
    return paths.includes('/var/run/secrets/kubernetes.io/serviceaccount');
  };
  for (const [name, wish] of Object.entries(wishes)) {
    assert.equal(await mounts(name), wish ?? true, name);
    assert.equal(await mounts(name, true), true, name);
    assert.equal(await mounts(name, false), false, name);
  }
});

conformance('[sig-auth] service_accounts.go: kube-root-ca.crt', async (cluster) => {
  const path = core(cluster, 'configmaps', 'kube-root-ca.crt');
  const first = await cluster.eventually(path, () => true);
  const certificate = first['data']['ca.crt'] as string;
  assert.match(certificate, /^-----BEGIN CERTIFICATE-----/);
  await cluster.ok('DELETE', path);
  const second = await cluster.eventually(path, (one) => one.metadata.uid !== first.metadata.uid);
  assert.equal(second['data']['ca.crt'], certificate);
  second['data'] = { 'ca.crt': 'changed' };
  await cluster.ok('PUT', path, second);
  await cluster.eventually(path, (one) => one['data']['ca.crt'] === certificate);
  for (const { metadata } of await cluster.items('/api/v1/namespaces')) {
    if (metadata.deletionTimestamp !== undefined || metadata.name.startsWith('conformance-')) continue;
    await cluster.ok('GET', `/api/v1/namespaces/${metadata.name}/configmaps/kube-root-ca.crt`);
  }
});

interface Review extends ApiObject {
  status: { authenticated: boolean; error?: string; user: { username: string; groups: string[] } };
}

conformance('[sig-auth] service_accounts.go: create token and TokenReview', async (cluster) => {
  const { namespace, ok } = cluster;
  await ok('POST', core(cluster, 'serviceaccounts'), account('speaker'));
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const { status } = await ok('POST', `${core(cluster, 'serviceaccounts', 'speaker')}/token`, request);
  assert.ok(status.token);
  const review = await ok<Review>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: status.token },
  });
  assert.equal(review.status.authenticated, true);
  assert.equal(review.status.error, undefined);
  assert.equal(review.status.user.username, `system:serviceaccount:${namespace}:speaker`);
  assert.ok(review.status.user.groups.includes(`system:serviceaccounts:${namespace}`));
  // and it is good for a request
  const self = await ok<Review>(
    'POST',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    { headers: { authorization: `Bearer ${status.token}` } },
  );
  assert.equal(
    (self.status as unknown as { userInfo: { username: string } }).userInfo.username,
    `system:serviceaccount:${namespace}:speaker`,
  );
});
