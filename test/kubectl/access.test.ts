/** Who may do what: `auth can-i`, `auth reconcile`, `auth whoami`, `certificate`, and another user's kubectl. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from './suite.ts';

kubectl('auth can-i answers for a verb, a path and another user, and lists', async (shell) => {
  const { both, run, namespace } = shell;
  assert.equal(await run(['auth', 'can-i', '*', '*', '--all-namespaces']), 'yes\n');
  await run(['create', 'role', 'reader', '--verb=get,list', '--resource=configmaps']);
  await run(['create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount', `${namespace}:default`]);
  const as = `--as=system:serviceaccount:${namespace}:default`;
  const groups = ['--as-group=system:serviceaccounts', '--as-group=system:authenticated'];
  const may = async (...words: string[]): Promise<string> =>
    (await both(['auth', 'can-i', ...words, as, ...groups])).stdout.trim();
  assert.equal(await may('get', 'configmaps'), 'yes');
  assert.equal(await may('get', 'configmap/x'), 'yes');
  assert.equal(await may('delete', 'configmaps'), 'no');
  assert.equal(await may('get', 'pods', '--subresource=log'), 'no');
  assert.equal(await may('get', '/healthz'), 'yes');
  assert.equal((await both(['auth', 'can-i', 'delete', 'configmaps', '-q', as, ...groups])).code, 1);
  const list = await run(['auth', 'can-i', '--list', as, ...groups]);
  assert.match(list, /^Resources +Non-Resource URLs +Resource Names +Verbs\n/);
  assert.match(list, /^configmaps +\[\] +\[\] +\[get list\]$/m);
  assert.match(list, /^selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create\]$/m);
  assert.match(list, /^ +\[\/healthz\] +\[\] +\[get\]$/m);
  assert.match(
    (await both(['get', 'secrets', as])).stderr,
    /\(Forbidden\): secrets is forbidden: User "system:serviceaccount:.*:default" cannot list resource "secrets" in API group "" in the namespace/,
  );
});

kubectl('auth whoami tells the name and the groups, impersonated ones too', async (shell) => {
  assert.match(
    await shell.run(['auth', 'whoami']),
    /^ATTRIBUTE +VALUE\nUsername +\S+\nGroups +\[system:masters system:authenticated\]\n/,
  );
  const other = await shell.run([
    'auth',
    'whoami',
    '--as=ann',
    '--as-group=crew',
    '--as-group=system:authenticated',
    '-o',
    'json',
  ]);
  const { userInfo } = JSON.parse(other).status;
  assert.deepEqual([userInfo.username, userInfo.groups], ['ann', ['crew', 'system:authenticated']]);
});

kubectl('auth reconcile makes roles and bindings hold at least what is written', async (shell) => {
  const text = (verbs: string, user: string): string =>
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: ${shell.namespace}}\nrules: [{apiGroups: [""], resources: [pods], verbs: [${verbs}]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb, namespace: ${shell.namespace}}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: ${user}}]\n`;
  const reconcile = (words: string[], input: string): Promise<string> =>
    shell.run(['auth', 'reconcile', '-f', '-', ...words], input);
  assert.match(await reconcile([], text('get', 'ann')), /^role\.rbac\.authorization\.k8s\.io\/r reconciled\n/);
  await reconcile([], text('list', 'joe'));
  assert.equal(await shell.part('role r', '{.rules[*].verbs}'), '["get"] ["list"]');
  assert.equal(await shell.part('rolebinding rb', '{.subjects[*].name}'), 'ann joe');
  const removing = ['--remove-extra-permissions', '--remove-extra-subjects'];
  await reconcile(removing, text('list', 'joe'));
  assert.equal(await shell.part('role r', '{.rules[*].verbs}'), '["list"]');
  assert.equal(await shell.part('rolebinding rb', '{.subjects[*].name}'), 'joe');
});

kubectl('certificate approves, denies, and the signed one is a login', async (shell) => {
  const name = shell.namespace;
  const [key, request, cert] = [join(shell.dir, 'key'), join(shell.dir, 'csr'), join(shell.dir, 'crt')];
  const args = [
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/O=crew/CN=ann',
  ];
  execFileSync('openssl', [...args, '-keyout', key, '-out', request], { stdio: 'ignore' });
  const csr = (which: string): string =>
    `apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {name: ${which}}\nspec:\n  signerName: kubernetes.io/kube-apiserver-client\n  usages: [client auth]\n  expirationSeconds: 3600\n  request: ${readFileSync(request).toString('base64')}\n`;
  shell.after(() => shell.both(['delete', 'csr', name, `${name}-no`]));
  await shell.run(['create', '-f', '-'], csr(name));
  assert.match(
    await shell.run(['get', 'csr', name]),
    /^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION\n.* kubernetes\.io\/kube-apiserver-client +\S+ +60m +Pending\n/,
  );
  assert.equal(
    await shell.run(['certificate', 'approve', name]),
    `certificatesigningrequest.certificates.k8s.io/${name} approved\n`,
  );
  const signed = await shell.until(`csr ${name}`, '{.status.certificate}', /./);
  assert.match(await shell.run(['get', 'csr', name]), /Approved,Issued\n/);
  assert.match(
    await shell.run(['describe', 'csr', name]),
    /^Status: +Approved,Issued\n[\s\S]*Common Name: +ann\n[\s\S]*Organization: +crew/m,
  );
  await shell.run(['create', '-f', '-'], csr(`${name}-no`));
  assert.match(await shell.run(['certificate', 'deny', `${name}-no`]), / denied\n$/);
  assert.match(await shell.run(['get', 'csr', `${name}-no`]), /Denied\n/);
  const { code } = await shell.both(['certificate', 'approve', `${name}-no`]);
  assert.equal(code, 1);
  shell.file('crt', Buffer.from(signed, 'base64'));
  const config = shell.file('config', readFileSync(shell.kubeconfig));
  await shell.run([
    '--kubeconfig',
    config,
    'config',
    'set-credentials',
    'ann',
    `--client-certificate=${cert}`,
    `--client-key=${key}`,
  ]);
  const who = JSON.parse(await shell.run(['--kubeconfig', config, '--user=ann', 'auth', 'whoami', '-o', 'json']));
  assert.deepEqual(
    [who.status.userInfo.username, who.status.userInfo.groups],
    ['ann', ['crew', 'system:authenticated']],
  );
});
