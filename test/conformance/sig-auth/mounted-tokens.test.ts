/** The token of its ServiceAccount a container finds where it is mounted, and what it can do with it. */
import assert from 'node:assert/strict';
import { image } from '../images.ts';
import { container, core, logOf, pod, podSpec, runPod } from '../objects.ts';
import { conformance } from '../suite.ts';

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';

conformance('[sig-auth] service_accounts.go: mount API token', async (cluster) => {
  await runPod(cluster, pod('mounts'));
  const read = (file: string): string => cluster.kubectl(['exec', 'mounts', '--', 'cat', `${mounted}/${file}`]);
  assert.equal(read('namespace'), cluster.namespace);
  const authority = await cluster.ok('GET', core(cluster, 'configmaps', 'kube-root-ca.crt'));
  assert.equal(read('ca.crt'), authority['data']['ca.crt']);
  const review = await cluster.ok('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: read('token') },
  });
  const { authenticated, user } = review['status'];
  assert.equal(authenticated, true);
  assert.equal(user.username, `system:serviceaccount:${cluster.namespace}:default`);
  const groups = ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${cluster.namespace}`];
  assert.deepEqual([...user.groups].sort(), groups);
});

conformance('[sig-auth] service_accounts.go: projected token', async (cluster) => {
  const main = container("stat -L -c '%a %u:%g' /var/run/secrets/tokens/short; cat /var/run/secrets/tokens/short", {
    volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/tokens' }],
  });
  const token = { path: 'short', expirationSeconds: 7200, audience: 'vault' };
  const spec = podSpec(undefined, {
    containers: [main],
    volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: token }] } }],
    securityContext: { runAsUser: 1000, fsGroup: 10_000 },
  });
  const [mode, text = ''] = (await logOf(cluster, pod('projects', spec))).split('\n');
  assert.match(mode ?? '', /^6[04]0 \d+:10000$/);
  const claims = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
  assert.deepEqual(claims.aud, ['vault']);
  assert.equal(claims.exp - claims.iat, 7200);
  assert.equal(claims.sub, `system:serviceaccount:${cluster.namespace}:default`);
});

/** Reads the issuer's documents as a stranger to the cluster would, and checks the token with nothing else. */
const validates = `
const { createPublicKey, verify } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { request } = require('node:https');
const file = (name) => readFileSync('${mounted}/' + name, 'utf8');
const [ca, token] = [file('ca.crt'), file('token')];
const get = (url) => new Promise((resolve, reject) => {
  const sent = request(url, { ca, headers: { authorization: 'Bearer ' + token } }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => { text += chunk; });
    answer.on('end', () => answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(url + ': ' + answer.statusCode + text)));
  });
  sent.on('error', reject);
  sent.end();
});
const part = (index) => JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString());
(async () => {
  const api = 'https://kubernetes.default.svc';
  const issuer = await get(api + '/.well-known/openid-configuration');
  const { keys } = await get(api + new URL(issuer.jwks_uri).pathname);
  const key = keys.find(({ kid }) => kid === part(0).kid);
  const [head, body, signature] = token.split('.');
  const good = verify('sha256', Buffer.from(head + '.' + body), { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  console.log(JSON.stringify({ good, issuer: part(1).iss === issuer.issuer }));
})();
`;

conformance('[sig-auth] service_accounts.go: OIDC discovery', async (cluster) => {
  const main = { name: 'main', image: image('tools:1'), command: ['/usr/bin/node', '-e', validates] };
  const text = await logOf(cluster, pod('validates', podSpec(undefined, { containers: [main] })));
  assert.deepEqual(JSON.parse(text), { good: true, issuer: true });
});
