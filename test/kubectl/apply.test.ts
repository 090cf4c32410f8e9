/** `kubectl apply` in all its modes, `diff`, and who owns a field afterwards. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from './suite.ts';

const map = (name: string, data: string, labels?: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${labels === undefined ? '' : `, labels: {${labels}}`}}\ndata: {${data}}\n`;

kubectl('apply creates, sees no change, configures, and drops what is no longer said', async (shell) => {
  const apply = (text: string): Promise<string> => shell.run(['apply', '-f', '-'], text);
  assert.equal(await apply(map('m', 'a: "1", b: "1"')), 'configmap/m created\n');
  assert.equal(await apply(map('m', 'a: "1", b: "1"')), 'configmap/m unchanged\n');
  await shell.run(['patch', 'cm', 'm', '-p', '{"data":{"other":"1"}}']);
  assert.equal(await apply(map('m', 'a: "2"')), 'configmap/m configured\n');
  assert.equal(await shell.part('cm m', '{.data}'), '{"a":"2","other":"1"}');
  const list = await shell.run(['apply', '-f', '-', '-o', 'name'], `${map('m', 'a: "2"')}---\n${map('o', '')}`);
  assert.equal(list, 'configmap/m\nconfigmap/o\n');
});

kubectl('apply merges the lists of a Deployment by name, and leaves to others what they set', async (shell) => {
  const text = (containers: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 0\n  selector: {matchLabels: {app: d}}\n  template:\n    metadata: {labels: {app: d}}\n    spec:\n      containers: ${containers}\n`;
  await shell.run(['apply', '-f', '-'], text('[{name: a, image: x}, {name: b, image: x}]'));
  await shell.run(['set', 'env', 'deployment/d', 'K=v', '-c', 'a']);
  await shell.run(['apply', '-f', '-'], text('[{name: a, image: w}, {name: c, image: z}]'));
  const path = '{range .spec.template.spec.containers[*]}{.name}={.image} {.env[*].name};{end}';
  assert.equal(await shell.part('deploy d', path), 'a=w K;c=z ;');
});

kubectl('apply --dry-run and --validate: client and server answer, and nothing is written', async (shell) => {
  assert.equal(
    await shell.run(['apply', '-f', '-', '--dry-run=client'], map('m', '')),
    'configmap/m created (dry run)\n',
  );
  const server = await shell.run(['apply', '-f', '-', '--dry-run=server'], map('m', ''));
  assert.equal(server, 'configmap/m created (server dry run)\n');
  assert.match(await shell.fails(['get', 'cm', 'm']), /NotFound/);
  const wrong = `${map('m', '')}extra: 1\n`;
  assert.match(await shell.fails(['apply', '-f', '-'], wrong), /strict decoding error: unknown field "extra"/);
  const warned = await shell.both(['apply', '-f', '-', '--validate=warn'], wrong);
  assert.equal(warned.code, 0, warned.stderr);
  assert.match(warned.stderr, /unknown field "extra"/);
  assert.equal((await shell.both(['apply', '-f', '-', '--validate=ignore'], wrong)).stderr, '');
});

kubectl('apply --server-side owns fields, meets conflicts, takes them by force, shares and gives up', async (shell) => {
  const apply = (manager: string, text: string, ...more: string[]): ReturnType<typeof shell.both> =>
    shell.both(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-', ...more], text);
  assert.equal((await apply('one', map('m', 'a: "1", b: "1"'))).stdout, 'configmap/m serverside-applied\n');
  const conflict = await apply('two', map('m', 'a: "2"'));
  assert.equal(conflict.code, 1);
  assert.match(conflict.stderr, /^error: Apply failed with 1 conflict: conflict with "one": \.data\.a\n/);
  assert.equal((await apply('two', map('m', 'a: "2"'), '--force-conflicts')).code, 0);
  await apply('one', map('m', ''));
  assert.equal(await shell.part('cm m', '{.data}'), '{"a":"2"}');
  const shown = await shell.run(['get', 'cm', 'm', '-o', 'yaml', '--show-managed-fields']);
  assert.match(shown, /managedFields:[\s\S]*f:a: \{\}[\s\S]*manager: two\n {4}operation: Apply/);
  assert.doesNotMatch(await shell.run(['get', 'cm', 'm', '-o', 'yaml']), /managedFields/);
});

kubectl('apply --server-side takes over from client-side apply, and back', async (shell) => {
  await shell.run(['apply', '-f', '-'], map('m', 'a: "1", b: "1"'));
  assert.equal(
    await shell.run(['apply', '--server-side', '-f', '-'], map('m', 'a: "2"')),
    'configmap/m serverside-applied\n',
  );
  assert.equal(await shell.part('cm m', '{.data}'), '{"a":"2"}');
  assert.equal(await shell.run(['apply', '-f', '-'], map('m', 'a: "3"')), 'configmap/m configured\n');
  assert.equal(await shell.part('cm m', '{.data}'), '{"a":"3"}');
});

kubectl('apply --prune deletes what is no longer there: by label, and by ApplySet', async (shell) => {
  const both = `${map('m', 'k: v', 'x: z')}---\n${map('o', 'k: v', 'x: z')}`;
  const one = map('m', 'k: v', 'x: z');
  const prune = ['apply', '-f', '-', '--prune', '-l', 'x=z', '--prune-allowlist=core/v1/ConfigMap'];
  await shell.run(prune, both);
  assert.equal(await shell.run(prune, one), 'configmap/m unchanged\nconfigmap/o pruned\n');
  const set = async (text: string): Promise<string> => {
    const args = ['apply', '-f', '-', '--prune', '--applyset=secrets/mine'];
    const { code, stdout, stderr } = await shell.both(args, text, { KUBECTL_APPLYSET: 'true' });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await set(`${map('p', 'k: v')}---\n${map('q', 'k: v')}`);
  const labels = '{.metadata.annotations.applyset\\.kubernetes\\.io/contains-group-kinds}';
  assert.equal(await shell.part('secret mine', labels), 'ConfigMap');
  assert.equal(await set(map('p', 'k: v')), 'configmap/p unchanged\nconfigmap/q pruned\n');
  assert.match(await shell.fails(['get', 'cm', 'q']), /NotFound/);
});

kubectl('apply -k and get -k build a kustomization', async (shell) => {
  const dir = join(shell.dir, 'k');
  mkdirSync(dir);
  writeFileSync(join(dir, 'map.yaml'), map('m', 'a: "1"'));
  const generator = 'configMapGenerator: [{name: made, literals: [k=v], options: {disableNameSuffixHash: true}}]';
  writeFileSync(join(dir, 'kustomization.yaml'), `resources: [map.yaml]\nnamePrefix: pre-\n${generator}\n`);
  assert.equal(await shell.run(['apply', '-k', dir]), 'configmap/pre-m created\nconfigmap/pre-made created\n');
  assert.equal(await shell.run(['get', '-k', dir, '-o', 'name']), 'configmap/pre-m\nconfigmap/pre-made\n');
  assert.match(await shell.run(['delete', '-k', dir]), /^configmap "pre-m" deleted/);
});

kubectl('apply view-last-applied, set-last-applied and edit-last-applied', async (shell) => {
  await shell.run(['create', '-f', '-'], map('m', 'a: "1"'));
  assert.equal(await shell.run(['apply', 'view-last-applied', 'cm/m']), '');
  const file = shell.file('m.yaml', map('m', 'a: "1"'));
  assert.equal(
    await shell.run(['apply', 'set-last-applied', '-f', file, '--create-annotation']),
    'configmap/m configured\n',
  );
  assert.match(await shell.run(['apply', 'view-last-applied', 'cm/m', '-o', 'json']), /"data": \{\s*"a": "1"/);
  const editor = shell.file('editor', '#!/bin/sh\nsed -i \'s/a: "1"/a: "2"/\' "$1"\n');
  const edited = await shell.both(['apply', 'edit-last-applied', 'cm/m'], '', { KUBE_EDITOR: `sh ${editor}` });
  assert.equal(edited.stdout, 'configmap/m edited\n', edited.stderr);
  assert.match(await shell.run(['apply', 'view-last-applied', 'cm/m']), /a: "2"/);
  assert.equal(await shell.part('cm m', '{.data.a}'), '1');
});

kubectl('diff shows what apply would change, on both sides, and says so by its code', async (shell) => {
  await shell.run(['apply', '-f', '-'], map('m', 'a: "1"'));
  assert.deepEqual((await shell.both(['diff', '-f', '-'], map('m', 'a: "1"'))).code, 0);
  for (const more of [[], ['--server-side', '--force-conflicts']]) {
    const { code, stdout } = await shell.both(['diff', '-f', '-', ...more], map('m', 'a: "2"'));
    assert.equal(code, 1);
    assert.match(stdout, /^-\s+a: "1"\n\+\s+a: "2"$/m);
  }
  const fresh = await shell.both(['diff', '-f', '-'], map('fresh', 'a: "1"'));
  assert.equal(fresh.code, 1);
  assert.match(fresh.stdout, /^\+kind: ConfigMap$/m);
  assert.match(await shell.fails(['get', 'cm', 'fresh']), /NotFound/);
});

kubectl('apply of custom resources, client-side and server-side', async (shell) => {
  const group = `${shell.namespace}.example.org`;
  const schema =
    '{openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}';
  const definition = `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.${group}}\nspec:\n  group: ${group}\n  scope: Namespaced\n  names: {plural: boats, singular: boat, kind: Boat, shortNames: [bt]}\n  versions: [{name: v1, served: true, storage: true, schema: ${schema}}]\n`;
  shell.after(() => shell.both(['delete', 'crd', `boats.${group}`]));
  assert.match(await shell.run(['apply', '-f', '-'], definition), /created$/m);
  await shell.run(['wait', '--for=condition=Established', `crd/boats.${group}`, '--timeout=20s']);
  const boat = (size: string): string =>
    `apiVersion: ${group}/v1\nkind: Boat\nmetadata: {name: b}\nspec: {size: ${size}}\n`;
  assert.equal(await shell.run(['apply', '-f', '-'], boat('1')), `boat.${group}/b created\n`);
  assert.equal(await shell.run(['apply', '-f', '-'], boat('2')), `boat.${group}/b configured\n`);
  assert.equal(
    await shell.run(['apply', '--server-side', '-f', '-'], boat('3')),
    `boat.${group}/b serverside-applied\n`,
  );
  assert.match(await shell.fails(['apply', '-f', '-'], boat('x')), /spec\.size: Invalid value: "string"/);
  assert.equal(await shell.part('bt b', '{.spec.size}'), '3');
});
