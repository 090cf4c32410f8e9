/** Changing what is there: `annotate`, `label`, `edit`, `patch`, `replace`, `set`. */
import assert from 'node:assert/strict';
import { deployment, kubectl } from './suite.ts';

kubectl('label and annotate set, refuse to overwrite, overwrite, remove, choose and list', async (shell) => {
  for (const verb of ['label', 'annotate']) {
    const field = verb === 'label' ? 'labels' : 'annotations';
    const done = verb === 'label' ? 'labeled' : 'annotated';
    const name = `of-${verb}`;
    await shell.run(['create', 'configmap', name]);
    assert.equal(await shell.run([verb, 'cm', name, 'a=1', 'b=2']), `configmap/${name} ${done}\n`);
    assert.match(await shell.fails([verb, 'cm', name, 'a=2']), /'a' already has a value \(1\)/);
    await shell.run([verb, 'cm', name, 'a=2', 'b-', '--overwrite']);
    assert.equal(await shell.part(`cm ${name}`, `{.metadata.${field}}`), '{"a":"2"}');
    assert.equal(await shell.run([verb, 'cm', name, '--list']), 'a=2\n');
    const { resourceVersion } = JSON.parse(await shell.run(['get', 'cm', name, '-o', 'json'])).metadata;
    await shell.run([verb, 'cm', name, 'c=1', `--resource-version=${resourceVersion}`]);
    assert.match(
      await shell.fails([verb, 'cm', name, 'd=1', `--resource-version=${resourceVersion}`]),
      /the object has been modified/,
    );
    assert.match(await shell.run([verb, 'cm', name, 'e=1', '--dry-run=server']), /\(server dry run\)/);
  }
  await shell.run(['label', 'cm', '--all', 'everywhere=yes']);
  assert.match(
    await shell.run(['label', 'cm', '-l', 'everywhere=yes', 'more=1']),
    /of-annotate labeled\n[\s\S]*of-label labeled\n/,
  );
  assert.match(await shell.fails(['label', 'cm', 'of-label', 'bad key=1']), /name part must consist of/);
  assert.match(await shell.run(['label', 'cm', 'of-label', 'more=1']), /not labeled/);
});

kubectl('patch in its four ways, of parts, and of nothing', async (shell) => {
  await shell.run(['create', '-f', '-'], deployment('d', 0));
  const patch = (...words: string[]): Promise<string> => shell.run(['patch', 'deployment', 'd', ...words]);
  const containers = (text: string): string =>
    JSON.stringify({ spec: { template: { spec: { containers: JSON.parse(text) } } } });
  assert.equal(await patch('-p', containers('[{"name":"side","image":"s"}]')), 'deployment.apps/d patched\n');
  const names = '{.spec.template.spec.containers[*].name}';
  assert.equal(await shell.part('deploy d', names), 'side main');
  await patch('-p', containers('[{"name":"side","$patch":"delete"}]'));
  assert.equal(await shell.part('deploy d', names), 'main');
  await patch('--type=merge', '-p', containers('[{"name":"only","image":"o"}]'));
  assert.equal(await shell.part('deploy d', names), 'only');
  await patch('--type=json', '-p', '[{"op":"replace","path":"/spec/template/spec/containers/0/name","value":"last"}]');
  assert.equal(await shell.part('deploy d', names), 'last');
  assert.equal(await patch('-p', '{}'), 'deployment.apps/d patched (no change)\n');
  const file = shell.file('patch.yaml', 'metadata: {labels: {from: file}}\n');
  await patch(`--patch-file=${file}`);
  assert.equal(await shell.part('deploy d', '{.metadata.labels.from}'), 'file');
  await patch('--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":1}}');
  assert.equal(await shell.part('deploy d', '{.spec.replicas}'), '1');
  const condition = '{"status":{"conditions":[{"type":"Mine","status":"True","lastTransitionTime":null}]}}';
  assert.equal(await patch('--subresource=status', '-p', condition, '-o', 'jsonpath={.kind}'), 'Deployment');
  assert.match(
    await shell.fails([
      'patch',
      'deployment',
      'd',
      '--type=json',
      '-p',
      '[{"op":"test","path":"/spec/replicas","value":9}]',
    ]),
    /the server rejected our request due to an error in our request/,
  );
  assert.match(
    await shell.fails(['patch', 'deployment', 'd', '-p', '{"spec":{"selector":{"matchLabels":{"x":"y"}}}}']),
    /spec\.selector: Invalid value: .*field is immutable/,
  );
  const local = await shell.run(
    ['patch', '--local', '-f', '-', '-p', '{"data":{"a":"1"}}', '-o', 'jsonpath={.data.a}'],
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}',
  );
  assert.equal(local, '1');
});

kubectl('edit shows an object to an editor and sends what it changed, again when it was refused', async (shell) => {
  await shell.run(['create', 'configmap', 'm', '--from-literal=a=1']);
  const edit = (script: string, ...words: string[]): ReturnType<typeof shell.both> =>
    shell.both(['edit', ...words], '', { KUBE_EDITOR: `sh ${shell.file('editor', script)}` });
  const changed = await edit(`sed -i 's/a: "1"/a: "2"/' "$1"\n`, 'cm', 'm');
  assert.equal(changed.stdout, 'configmap/m edited\n', changed.stderr);
  assert.equal(await shell.part('cm m', '{.data.a}'), '2');
  assert.match((await edit('true\n', 'cm', 'm')).stderr, /Edit cancelled, no changes made/);
  await shell.run(['create', 'deployment', 'd', '--image=i', '--replicas=0']);
  await edit(`sed -i 's/replicas: 0/replicas: 1/' "$1"\n`, 'deployment', 'd', '-o', 'yaml', '--save-config');
  assert.equal(await shell.part('deploy d', '{.spec.replicas}'), '1');
  assert.match(
    await shell.part('deploy d', '{.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}'),
    /"replicas":1/,
  );
  // the first try is refused, the second sees the reason above the text and takes the change back
  const refused = await edit(
    `if grep -q 'was not valid' "$1"; then cp "$1" "${shell.dir}/seen"; sed -i 's/replicas: -5/replicas: 2/' "$1"; else sed -i 's/replicas: 1/replicas: -5/' "$1"; fi\n`,
    'deployment',
    'd',
  );
  assert.equal(refused.stdout, 'deployment.apps/d edited\n', refused.stderr);
  assert.equal(await shell.part('deploy d', '{.spec.replicas}'), '2');
  const status = await edit(
    `sed -i 's/observedGeneration: .*/observedGeneration: 99/' "$1"\n`,
    'deployment',
    'd',
    '--subresource=status',
  );
  assert.match(status.stdout, /deployment\.apps\/d edited/);
});

kubectl('replace puts an object in the place of another, by force, raw and part of it', async (shell) => {
  const map = (data: string, more = ''): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m${more}}\ndata: {${data}}\n`;
  assert.match(await shell.fails(['replace', '-f', '-'], map('a: "1"')), /NotFound/);
  await shell.run(['create', '-f', '-'], map('a: "1", b: "1"'));
  assert.equal(await shell.run(['replace', '-f', '-'], map('a: "2"')), 'configmap/m replaced\n');
  assert.equal(await shell.part('cm m', '{.data}'), '{"a":"2"}');
  assert.match(
    await shell.fails(['replace', '-f', '-'], map('a: "3"', ', resourceVersion: "1"')),
    /\(Conflict\).*the object has been modified/,
  );
  const before = await shell.part('cm m', '{.metadata.uid}');
  const file = shell.file('m.yaml', map('a: "3"'));
  assert.equal(await shell.run(['replace', '--force', '-f', file]), 'configmap "m" deleted\nconfigmap/m replaced\n');
  assert.notEqual(await shell.part('cm m', '{.metadata.uid}'), before);
  const raw = shell.file('m.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"a":"4"}}');
  const path = `/api/v1/namespaces/${shell.namespace}/configmaps/m`;
  assert.match(await shell.run(['replace', '--raw', path, '-f', raw]), /"data":\{"a":"4"\}/);
  await shell.run(['create', '-f', '-'], deployment('d', 0));
  const whole = JSON.parse(await shell.run(['get', 'deploy', 'd', '-o', 'json']));
  whole.status.observedGeneration = 1;
  assert.equal(
    await shell.run(['replace', '--subresource=status', '-f', '-'], JSON.stringify(whole)),
    'deployment.apps/d replaced\n',
  );
});

kubectl('set env, image, resources, selector, serviceaccount and subject', async (shell) => {
  await shell.run(['create', '-f', '-'], deployment('d', 0));
  await shell.run(['create', 'configmap', 'm', '--from-literal=FROM_MAP=1']);
  const container = (path: string): Promise<string> =>
    shell.part('deploy d', `{.spec.template.spec.containers[0]${path}}`);
  assert.equal(await shell.run(['set', 'env', 'deployment/d', 'A=1', 'B=2']), 'deployment.apps/d env updated\n');
  await shell.run(['set', 'env', 'deployment/d', '--from=configmap/m', 'B-']);
  assert.match(
    await container('.env'),
    /^\[\{"name":"A","value":"1"\},\{"name":"FROM_MAP","valueFrom":\{"configMapKeyRef"/,
  );
  assert.match(await shell.run(['set', 'env', 'deployment/d', '--list']), /# Deployment d, container main\nA=1\n/);
  assert.equal(
    await shell.run(['set', 'image', 'deployment/d', 'main=example.org/none:2']),
    'deployment.apps/d image updated\n',
  );
  assert.equal(await container('.image'), 'example.org/none:2');
  const limits = ['set', 'resources', 'deployment', 'd', '--limits=cpu=200m,memory=64Mi', '--requests=cpu=1m'];
  assert.equal(await shell.run(limits), 'deployment.apps/d resource requirements updated\n');
  assert.equal(await container('.resources'), '{"limits":{"cpu":"200m","memory":"64Mi"},"requests":{"cpu":"1m"}}');
  await shell.run(['create', 'service', 'clusterip', 's', '--tcp=80']);
  assert.equal(await shell.run(['set', 'selector', 'service', 's', 'app=d,tier=x']), 'service/s selector updated\n');
  assert.equal(await shell.part('svc s', '{.spec.selector}'), '{"app":"d","tier":"x"}');
  await shell.run(['create', 'serviceaccount', 'sa']);
  assert.equal(
    await shell.run(['set', 'serviceaccount', 'deployment', 'd', 'sa']),
    'deployment.apps/d serviceaccount updated\n',
  );
  assert.equal(await shell.part('deploy d', '{.spec.template.spec.serviceAccountName}'), 'sa');
  await shell.run(['create', 'role', 'r', '--verb=get', '--resource=pods']);
  await shell.run(['create', 'rolebinding', 'rb', '--role=r', '--user=ann']);
  const subject = ['set', 'subject', 'rolebinding', 'rb', '--user=joe', `--serviceaccount=${shell.namespace}:sa`];
  assert.equal(await shell.run(subject), 'rolebinding.rbac.authorization.k8s.io/rb subjects updated\n');
  assert.equal(await shell.part('rolebinding rb', '{.subjects[*].name}'), 'ann joe sa');
});
