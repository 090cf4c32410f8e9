/** Requests a fuzz run once brought the hub to an answer of 500 with: each is refused by now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHubApi } from '../../support/hub-api.ts';

const merge = { 'content-type': 'application/merge-patch+json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const path = '/api/v1/namespaces/a/configmaps';

test('what a fuzz run found stays refused', async (t) => {
  const { ask } = await startHubApi(t);
  const made = await ask('POST', path, { body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' } } });
  assert.equal(made.status, 201);
  // a patch that makes kind or apiVersion no text
  for (const headers of [merge, strategic]) {
    for (const body of [{ kind: { toString: 'no' } }, { kind: [null] }, { kind: -1 }, { apiVersion: 1.5 }]) {
      const { status, json } = await ask('PATCH', `${path}/m`, { body, headers });
      assert.equal(status, 422, JSON.stringify(json));
      assert.match(json.message, /cannot unmarshal .* into Go struct field/);
    }
  }
  // an apply whose names are objects that cannot be printed; the code is that of kube-apiserver
  const apply = { 'content-type': 'application/apply-patch+yaml' };
  const odd = { apiVersion: 'v1', kind: { toString: 'no' }, metadata: { name: { toString: 'no' } } };
  const applied = await ask('PATCH', `${path}/m?fieldManager=f`, { body: odd, headers: apply });
  assert.doesNotMatch(applied.json.message, /see the log/);
  // half a character in a name: the object could be made and never named again
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles';
  const half = `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"x\\ud800"}}`;
  const role = await ask('POST', roles, { body: half });
  assert.equal(role.json.metadata?.name, 'x\ufffd', role.text);
  assert.equal((await ask('DELETE', `${roles}/${encodeURIComponent('x\ufffd')}`)).status, 200);
  // a policy that names a container where there are none
  const rule = { action: 'Ignore', onExitCodes: { containerName: 'c', operator: 'In', values: [1] } };
  const job = { metadata: { name: 'j' }, spec: { template: { spec: {} }, podFailurePolicy: { rules: [rule] } } };
  const nothing = await ask('POST', '/apis/batch/v1/namespaces/a/jobs', { body: job });
  assert.equal(nothing.status, 422, nothing.text);
  // bytes that are not there
  const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const bare = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'a' } };
  const empty = await ask('POST', requests, { body: bare });
  assert.equal(empty.status, 422, empty.text);
  assert.match(empty.json.message, /spec\.request: Invalid value: null: PEM block type must be CERTIFICATE REQUEST/);
  // a definition that loses its versions
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
  const names = { plural: 'as', kind: 'A' };
  const spec = { group: 'example.com', scope: 'Namespaced', names, versions: [version] };
  const defined = await ask('POST', definitions, { body: { metadata: { name: 'as.example.com' }, spec } });
  assert.equal(defined.status, 201, defined.text);
  const lost = { body: { spec: { versions: null } }, headers: merge };
  const bereft = await ask('PATCH', `${definitions}/as.example.com`, lost);
  assert.equal(bereft.status, 422, bereft.text);
  // bytes in a map that are null
  const none = { metadata: { name: 'none' }, binaryData: { a: null } };
  assert.deepEqual((await ask('POST', path, { body: none })).json.binaryData, { a: '' });
  const accept = 'application/vnd.kubernetes.protobuf';
  assert.equal((await ask('GET', `${path}/none`, { headers: { accept } })).status, 200);
  // preconditions that are no text, and one that is not set
  for (const precondition of [{ resourceVersion: { toString: 'no' } }, { uid: 7 }]) {
    const strange = await ask('DELETE', `${path}/m`, { body: { kind: 'DeleteOptions', preconditions: precondition } });
    assert.equal(strange.status, 400, strange.text);
    assert.match(strange.json.message, /preconditions\.(uid|resourceVersion) must be a string/);
  }
  const unset = { kind: 'DeleteOptions', dryRun: ['All'], preconditions: { uid: null } };
  assert.equal((await ask('DELETE', `${path}/m`, { body: unset })).status, 200);
  // a name no URL could hold: the object could be made and never asked for
  for (const [length, status] of [
    [4096, 201],
    [4097, 422],
  ] as const) {
    const long = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'é'.repeat(2048) + 'x'.repeat(length - 4096) },
    };
    const named = await ask('POST', roles, { body: long });
    assert.equal(named.status, status, named.text.slice(0, 300));
  }
  assert.equal((await ask('DELETE', `${roles}/${encodeURIComponent('é'.repeat(2048))}`)).status, 200);
  // JSON that ends within a hundred thousand lists
  const deep = await ask('PATCH', `${path}/m`, { body: '['.repeat(100_000), headers: strategic });
  assert.equal(deep.status, 400, deep.text);
  assert.match(deep.json.message, /exceeded max depth/);
});
