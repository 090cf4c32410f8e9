/** Certificates through the API of a whole hub: asked for, approved with kubectl, signed, and used. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CertificateSigningRequest } from '../../../hub/api/certificate.ts';
import { type MadeRequest, makeRequest } from '../../support/certificate-request.ts';
import { noKubectl } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { type Answer, ask } from '../../support/hub-api.ts';
import { kubectl as runKubectl } from '../../support/kubectl.ts';
import { openWholeHub, type WholeHub } from '../../support/whole-hub.ts';

const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const client = ['digital signature', 'client auth'];

describe('certificate signing requests', { skip: noKubectl }, () => {
  let dir: string;
  let hub: WholeHub;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coracle-certificates-'));
    hub = await openWholeHub(dir);
  });
  after(async () => {
    await hub?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const call = (method: string, to: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(hub.agent, hub.ports['api'] ?? 0, method, to, { ...(body === undefined ? {} : { body }), headers });
  const post = (
    name: string,
    { base64 }: MadeRequest,
    signerName: string,
    { usages = client, headers = {}, ...rest }: Record<string, unknown> = {},
  ): Promise<Answer> =>
    call(
      'POST',
      path,
      { metadata: { name }, spec: { request: base64, signerName, usages, ...rest } },
      headers as Record<string, string>,
    );
  const status = async (name: string): Promise<NonNullable<CertificateSigningRequest['status']>> =>
    ((await call('GET', `${path}/${name}`)).json as CertificateSigningRequest).status ?? {};
  const kubectl = (...args: string[]) => runKubectl(join(dir, 'kubeconfig'), args);
  const issued = (name: string): Promise<X509Certificate> =>
    eventually(`the certificate of ${name}`, async () => {
      const { certificate } = await status(name);
      return certificate === undefined ? undefined : new X509Certificate(Buffer.from(certificate, 'base64'));
    });

  it('are signed once an administrator approves, for a client the API then knows', async () => {
    const request = await makeRequest('CN=ann, O=dev', { rsa: true });
    const usages = ['key encipherment', ...client];
    const made = await post('ann', request, 'kubernetes.io/kube-apiserver-client', { usages, expirationSeconds: 3600 });
    assert.equal(made.json.spec.username, 'coracle-admin');
    assert.deepEqual(await status('ann'), {});
    const approved = await kubectl('certificate', 'approve', 'ann');
    assert.match(approved.out, /ann approved/);
    const certificate = await issued('ann');
    assert.ok(certificate.verify(new X509Certificate(hub.ca).publicKey));
    assert.match(certificate.subject, /O=dev/);
    const left = certificate.validToDate.getTime() - Date.now();
    assert.ok(left > 3_500_000 && left <= 3_600_000, String(left));
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    const agent = new Agent({ ca: hub.ca, cert: certificate.toString(), key: request.key });
    const who = await ask(agent, hub.ports['api'] ?? 0, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    agent.destroy();
    assert.equal(who.json.status.userInfo.username, 'ann');
    assert.deepEqual(who.json.status.userInfo.groups, ['dev', 'system:authenticated']);
    const [condition] = (await status('ann')).conditions ?? [];
    assert.equal(condition?.type, 'Approved');
    assert.ok(condition?.lastUpdateTime !== undefined && condition.lastTransitionTime !== undefined);
  });

  it('that are denied stay without a certificate, and what was decided stays decided', async () => {
    await post('bob', await makeRequest('CN=bob'), 'kubernetes.io/kube-apiserver-client');
    assert.match((await kubectl('certificate', 'deny', 'bob')).out, /bob denied/);
    const denied = (await call('GET', `${path}/bob`)).json;
    denied.status.conditions.push({ type: 'Approved', status: 'True' });
    const both = await call('PUT', `${path}/bob/approval`, denied);
    assert.equal(both.status, 422);
    assert.match(both.json.message, /Approved and Denied conditions are mutually exclusive/);
    denied.status.conditions = [];
    const none = await call('PUT', `${path}/bob/approval`, denied);
    assert.match(
      none.json.message,
      /status.conditions: Forbidden: updates may not remove a condition of type "Denied"/,
    );
    assert.equal((await status('bob')).certificate, undefined);
  });

  it('that a signer does not sign fail with the reason', async () => {
    await post('srv', await makeRequest('CN=srv'), 'kubernetes.io/kube-apiserver-client', { usages: ['server auth'] });
    await kubectl('certificate', 'approve', 'srv');
    const failed = await eventually('the Failed condition', async () =>
      (await status('srv')).conditions?.find(({ type }) => type === 'Failed'),
    );
    assert.equal(failed.reason, 'SignerValidationFailure');
    assert.equal(failed.message, 'invalid usage for client certificate: server auth');
  });

  it('of bootstrappers and nodes approve themselves where a role says so', async () => {
    const role = 'system:certificates.k8s.io:certificatesigningrequests:nodeclient';
    await kubectl('create', 'clusterrolebinding', 'boot', `--clusterrole=${role}`, '--user=boot');
    await kubectl('create', 'clusterrolebinding', 'boot2', '--clusterrole=system:node-bootstrapper', '--user=boot');
    const headers = { 'impersonate-user': 'boot' };
    const signer = 'kubernetes.io/kube-apiserver-client-kubelet';
    const made = await post('n9', await makeRequest('CN=system:node:n9, O=system:nodes'), signer, { headers });
    assert.equal(made.status, 201, made.text);
    assert.match((await issued('n9')).subject, /CN=system:node:n9/);
    assert.equal((await status('n9')).conditions?.[0]?.reason, 'AutoApproved');
  });

  it('of a holder of a bootstrap token approve themselves as well, and the token signs cluster-info', async () => {
    const role = 'system:certificates.k8s.io:certificatesigningrequests:nodeclient';
    await kubectl('create', 'clusterrolebinding', 'boot3', `--clusterrole=${role}`, '--group=system:bootstrappers');
    const may = ['--clusterrole=system:node-bootstrapper', '--group=system:bootstrappers'];
    await kubectl('create', 'clusterrolebinding', 'boot4', ...may);
    const expiration = new Date(Date.now() + 1_500).toISOString();
    const stringData = {
      'token-id': 'abc123',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
      expiration,
    };
    const secret = { metadata: { name: 'bootstrap-token-abc123' }, type: 'bootstrap.kubernetes.io/token', stringData };
    assert.equal((await call('POST', '/api/v1/namespaces/kube-system/secrets', secret)).status, 201);
    const agent = new Agent({ ca: hub.ca });
    const { base64 } = await makeRequest('CN=system:node:n8, O=system:nodes');
    const made = await ask(agent, hub.ports['api'] ?? 0, 'POST', path, {
      body: {
        metadata: { name: 'n8' },
        spec: { request: base64, signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client },
      },
      headers: { authorization: 'Bearer abc123.0123456789abcdef' },
    });
    agent.destroy();
    assert.equal(made.json.spec.username, 'system:bootstrap:abc123', made.text);
    assert.deepEqual(made.json.spec.groups, ['system:bootstrappers', 'system:authenticated']);
    assert.match((await issued('n8')).subject, /CN=system:node:n8/);
    const info = async () => (await call('GET', '/api/v1/namespaces/kube-public/configmaps/cluster-info')).json.data;
    await eventually('the signature', async () => (await info())['jws-kubeconfig-abc123'] !== undefined);
    const kept = async () =>
      (await call('GET', '/api/v1/namespaces/kube-system/secrets/bootstrap-token-abc123')).status;
    await eventually('the token to end', async () => (await kept()) === 404);
    await eventually('its signature to go', async () => (await info())['jws-kubeconfig-abc123'] === undefined);
  });

  it('need permission to approve and to sign, and never make a master', async () => {
    const masters = await makeRequest('CN=eve, O=system:masters');
    const refused = await post('eve', masters, 'kubernetes.io/kube-apiserver-client');
    assert.equal(refused.status, 403);
    assert.match(
      refused.json.message,
      /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is/,
    );
    await kubectl(
      'create',
      'clusterrole',
      'approver',
      '--verb=get,update,patch',
      '--resource=certificatesigningrequests,certificatesigningrequests/approval,certificatesigningrequests/status',
    );
    await kubectl('create', 'clusterrolebinding', 'approver', '--clusterrole=approver', '--user=carl');
    await post('dora', await makeRequest('CN=dora'), 'kubernetes.io/kube-apiserver-client');
    const object = (await call('GET', `${path}/dora`)).json;
    object.status = { conditions: [{ type: 'Approved', status: 'True' }] };
    const carl = { 'impersonate-user': 'carl' };
    const approval = await call('PUT', `${path}/dora/approval`, object, carl);
    assert.match(approval.json.message, /user not permitted to approve requests with signerName "kubernetes.io\/kube-/);
    object.status = { certificate: Buffer.from(hub.ca).toString('base64') };
    const signing = await call('PUT', `${path}/dora/status`, object, carl);
    assert.match(signing.json.message, /user not permitted to sign requests with signerName "kubernetes.io\/kube-/);
  });

  it('that nobody can read are refused', async () => {
    const text = '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n';
    const broken = { pem: text, base64: Buffer.from(text).toString('base64'), key: '' };
    const answer = await post('broken', broken, 'example.com/any');
    assert.equal(answer.status, 422);
    assert.match(answer.json.message, /spec.request: Invalid value/);
  });
});
