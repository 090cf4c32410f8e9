/** What the server offers: `api-resources`, `api-versions`, `explain`, `cluster-info`, `version`. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from './suite.ts';

kubectl('api-resources lists what there is, by group, verb, scope and category', async (shell) => {
  const all = await shell.run(['api-resources']);
  assert.match(all, /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n/);
  assert.match(all, /^pods +po +v1 +true +Pod$/m);
  assert.match(all, /^deployments +deploy +apps\/v1 +true +Deployment$/m);
  assert.match(all, /^nodes +no +v1 +false +Node$/m);
  const names = async (...words: string[]): Promise<string[]> =>
    (await shell.run(['api-resources', '-o', 'name', ...words])).trim().split('\n');
  assert.deepEqual(await names('--api-group=batch'), ['cronjobs.batch', 'jobs.batch']);
  assert.equal((await names('--namespaced=false')).includes('namespaces'), true);
  assert.equal((await names('--verbs=list,get', '--namespaced')).includes('bindings'), false);
  assert.deepEqual((await names('--categories=all')).sort(), [
    'cronjobs.batch',
    'daemonsets.apps',
    'deployments.apps',
    'horizontalpodautoscalers.autoscaling',
    'jobs.batch',
    'pods',
    'replicasets.apps',
    'replicationcontrollers',
    'services',
    'statefulsets.apps',
  ]);
  assert.match(
    await shell.run(['api-resources', '-o', 'wide', '--api-group=apps', '--sort-by=kind']),
    /VERBS +CATEGORIES\ncontrollerrevisions .* create,delete,deletecollection,get,list,patch,update,watch/,
  );
});

kubectl('api-versions, version and cluster-info', async (shell) => {
  const versions = (await shell.run(['api-versions'])).trim().split('\n');
  for (const version of ['v1', 'apps/v1', 'batch/v1', 'rbac.authorization.k8s.io/v1', 'autoscaling/v2']) {
    assert.equal(versions.includes(version), true, version);
  }
  const { serverVersion } = JSON.parse(await shell.run(['version', '-o', 'json']));
  assert.deepEqual([serverVersion.major, serverVersion.minor], ['1', '36']);
  assert.match(await shell.run(['cluster-info']), /^.*Kubernetes control plane.* is running at .*https:\/\//);
});

kubectl('cluster-info dump writes everything of a namespace, logs too', async (shell) => {
  await shell.run(
    ['create', '-f', '-'],
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"example.org/none:1","command":["sh","-c","echo said; sleep 1000"]}]}}',
  );
  await shell.run(['wait', '--for=condition=Ready', 'pod/p', '--timeout=40s']);
  const dir = join(shell.dir, 'dump');
  await shell.run(['cluster-info', 'dump', `--output-directory=${dir}`, `--namespaces=${shell.namespace}`]);
  const names = ['pods', 'events', 'services', 'replicasets', 'deployments', 'daemonsets', 'replication-controllers'];
  for (const name of names) assert.equal(existsSync(join(dir, shell.namespace, `${name}.json`)), true, name);
  assert.match(
    readFileSync(join(dir, shell.namespace, 'p', 'logs.txt'), 'utf8'),
    /^==== START logs for container c of pod .*\/p ====\nsaid\n/,
  );
  assert.match(readFileSync(join(dir, 'nodes.json'), 'utf8'), /"name": "node-a"/);
});

kubectl('explain tells the top of every kind there is', async (shell) => {
  const all = (await shell.run(['api-resources', '--no-headers', '--sort-by=name'])).trim().split('\n');
  for (const line of all) {
    const words = line.split(/ +/);
    const [version = '', , kind = ''] = words.slice(-3);
    const name = words[0] ?? '';
    const told = await shell.run(['explain', name, `--api-version=${version}`]);
    assert.match(told, new RegExp(`^(GROUP: +\\S+\n)?KIND: +${kind}\nVERSION: +\\S+\n\nDESCRIPTION:\n +\\S`), name);
    assert.match(told, /FIELDS:\n[\s\S]* {2}apiVersion\t<string>\n/, name);
  }
});

kubectl('explain tells of fields, recursively, of versions, and in the old way', async (shell) => {
  assert.match(
    await shell.run(['explain', 'pod.spec.containers.resources.limits']),
    /^KIND: +Pod\nVERSION: +v1\n\nFIELD: limits <map\[string\]Quantity>\n\n\nDESCRIPTION:\n +Limits describes/,
  );
  const recursive = await shell.run(['explain', 'deployment.spec', '--recursive']);
  assert.match(recursive, /FIELD: spec <DeploymentSpec>/);
  assert.match(recursive, /\n {2}template\t<PodTemplateSpec> -required-\n {4}metadata\t<ObjectMeta>\n/);
  assert.match(
    recursive,
    /\n {2}strategy\t<DeploymentStrategy>\n {4}rollingUpdate\t<RollingUpdateDeployment>\n {6}maxSurge\t<IntOrString>\n/,
  );
  assert.match(
    await shell.run(['explain', 'events', '--api-version=events.k8s.io/v1']),
    /^GROUP: +events\.k8s\.io\nKIND: +Event\n/,
  );
  assert.match(
    await shell.run(['explain', 'pod.spec', '--output=plaintext-openapiv2']),
    /^KIND: +Pod\nVERSION: +v1\n\nRESOURCE: spec <Object>\n\nDESCRIPTION:\n[\s\S]*FIELDS:\n {3}activeDeadlineSeconds\t<integer>/,
  );
  assert.match(await shell.fails(['explain', 'pod.spec.none']), /field "none" does not exist/);
  assert.match(await shell.fails(['explain', 'nothing']), /the server doesn't have a resource type "nothing"/);
});

kubectl('explain tells of a custom resource as soon as it is established', async (shell) => {
  const group = `${shell.namespace}.example.org`;
  const schema =
    '{openAPIV3Schema: {type: object, description: A small boat., properties: {spec: {type: object, required: [size], properties: {size: {type: integer, description: How long it is.}}}}}}';
  shell.after(() => shell.both(['delete', 'crd', `boats.${group}`]));
  await shell.run(
    ['create', '-f', '-'],
    `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.${group}}\nspec:\n  group: ${group}\n  scope: Namespaced\n  names: {plural: boats, singular: boat, kind: Boat, shortNames: [bt]}\n  versions: [{name: v1, served: true, storage: true, schema: ${schema}}]\n`,
  );
  await shell.run(['wait', '--for=condition=Established', `crd/boats.${group}`, '--timeout=20s']);
  assert.match(
    await shell.run(['explain', `boats.${group}`.split('.')[0] ?? '', `--api-version=${group}/v1`]),
    /KIND: +Boat\nVERSION: +v1\n\nDESCRIPTION:\n +A small boat\./,
  );
  assert.match(
    await shell.run(['explain', 'boats.spec.size', `--api-version=${group}/v1`]),
    /FIELD: size <integer>\n\n\nDESCRIPTION:\n +How long it is\./,
  );
});
