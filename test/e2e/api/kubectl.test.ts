/** The real kubectl against the API server. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { startHubApi } from '../../support/hub-api.ts';
import { kubectl, kubectlFollow } from '../../support/kubectl.ts';

const found = ((): boolean => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const skip = found ? false : 'kubectl is not installed';

const manifest = `apiVersion: v1
kind: ConfigMap
metadata:
  name: m
  labels: {app: x}
data:
  a: "1"
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: o
data: {z: "1"}
`;

test('kubectl creates, applies, prints, patches and deletes', { skip }, async (t) => {
  const { kubeconfig } = await startHubApi(t);
  const run = async (args: string[], input?: string): Promise<string> => {
    const { code, out, error } = await kubectl(kubeconfig, args, input);
    assert.equal(code, 0, `${args.join(' ')}: ${error}`);
    return out;
  };
  assert.equal(await run(['create', 'configmap', 'c', '--from-literal=k=v']), 'configmap/c created\n');
  assert.equal(await run(['create', 'deployment', 'web', '--image=nginx']), 'deployment.apps/web created\n');
  assert.equal(await run(['apply', '-f', '-'], manifest), 'configmap/m created\nconfigmap/o created\n');
  assert.equal(await run(['apply', '-f', '-'], manifest), 'configmap/m unchanged\nconfigmap/o unchanged\n');
  const changed = manifest.replace('a: "1"', 'a: "2"');
  assert.match(await run(['apply', '-f', '-'], changed), /^configmap\/m configured\n/);
  const owned = manifest.replaceAll('name: ', 'name: s');
  assert.match(await run(['apply', '--server-side', '-f', '-'], owned), /^configmap\/sm serverside-applied\n/);
  assert.equal(await run(['get', 'cm', 'm', '-o', 'jsonpath={.data.a}']), '2');
  assert.match(await run(['get', 'cm', '-l', 'app=x']), /^NAME +[A-Z]+.*\nm /);
  await run(['label', 'cm', 'm', 'tier=web']);
  await run(['annotate', 'cm', 'm', 'note=x']);
  await run(['patch', 'cm', 'm', '--type=json', '-p', '[{"op":"add","path":"/data/b","value":"3"}]']);
  assert.equal(await run(['get', 'cm', 'm', '-o', 'go-template={{.data.b}}{{.metadata.labels.tier}}']), '3web');
  await run(['scale', 'deployment', 'web', '--replicas=4']);
  assert.equal(await run(['get', 'deploy', 'web', '-o', 'jsonpath={.spec.replicas}']), '4');
  assert.equal(await run(['delete', 'cm', 'm', 'o']), 'configmap "m" deleted\nconfigmap "o" deleted\n');
  assert.match(
    (await kubectl(kubeconfig, ['get', 'cm', 'm'])).error,
    /^Error from server \(NotFound\): configmaps "m" not found/,
  );
  assert.equal(await run(['auth', 'can-i', 'create', 'pods']), 'yes\n');
});

test('kubectl get --watch prints changes as they come', { skip }, async (t) => {
  const hub = await startHubApi(t);
  const follow = kubectlFollow(hub.kubeconfig, ['get', 'cm', '-n', 'a', '--watch']);
  t.after(() => follow.child.kill());
  for (const name of ['one', 'two']) {
    await hub.ask('POST', '/api/v1/namespaces/a/configmaps', {
      body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name }, data: {} },
    });
    await eventually(`${name} is printed`, () => new RegExp(`^${name} `, 'm').test(follow.out()), 20_000);
  }
});
