/** `kubectl get`: every output, choice, order and way of watching. */
import assert from 'node:assert/strict';
import { deployment, kubectl, shellPod } from './suite.ts';

const maps = ['b', 'a', 'c']
  .map(
    (name, at) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {app: x, tier: t${at}}}\ndata: {k: "${at}"}\n`,
  )
  .join('---\n');

kubectl('get prints json, yaml, name, wide, JSONPath, templates and columns', async (shell) => {
  await shell.run(['create', '-f', '-'], maps);
  const get = (...words: string[]): Promise<string> => shell.run(['get', 'cm', ...words]);
  assert.equal(JSON.parse(await get('a', '-o', 'json')).data.k, '1');
  const list = JSON.parse(await get('-l', 'app=x', '-o', 'json'));
  assert.deepEqual([list.kind, list.items.length, list.items[0].kind], ['List', 3, 'ConfigMap']);
  assert.match(await get('a', '-o', 'yaml'), /^apiVersion: v1\ndata:\n {2}k: "1"\nkind: ConfigMap\nmetadata:/);
  assert.equal(await get('-l', 'app=x', '-o', 'name'), 'configmap/a\nconfigmap/b\nconfigmap/c\n');
  assert.match(await get('-l', 'app=x'), /^NAME +DATA +AGE\na +1 +\d+s\n/);
  assert.doesNotMatch(await get('-l', 'app=x', '--no-headers'), /NAME/);
  assert.equal(await get('a', '-o', 'jsonpath={.data.k}'), '1');
  const template = shell.file('path', '{range .items[*]}{.metadata.name}={.data.k};{end}');
  assert.equal(await get('-l', 'app=x', '-o', `jsonpath-file=${template}`), 'a=1;b=0;c=2;');
  assert.equal(await get('-l', 'app=x', '-o', 'go-template={{range .items}}{{.metadata.name}}{{end}}'), 'abc');
  const go = shell.file('go', '{{.metadata.namespace}}');
  assert.equal(await get('a', '-o', `go-template-file=${go}`), shell.namespace);
  const columns = await get('-l', 'app=x', '-o', 'custom-columns=N:.metadata.name,K:.data.k');
  assert.equal(columns, 'N     K\na     1\nb     0\nc     2\n');
  const file = shell.file('columns', 'NAME          KEY\nmetadata.name data.k\n');
  assert.equal(await get('a', '-o', `custom-columns-file=${file}`), 'NAME   KEY\na      1\n');
  assert.match(
    await shell.fails(['get', 'cm', 'none']),
    /^Error from server \(NotFound\): configmaps "none" not found/,
  );
  assert.equal(await get('none', '--ignore-not-found'), '');
  assert.match(await shell.fails(['get', 'nothing']), /the server doesn't have a resource type "nothing"/);
});

kubectl('get chooses by labels and fields, sorts, pages, and shows labels', async (shell) => {
  await shell.run(['create', '-f', '-'], maps);
  const names = async (...words: string[]): Promise<string> =>
    (await shell.run(['get', 'cm', '-o', 'name', ...words])).replaceAll('configmap/', '').trim().replaceAll('\n', ' ');
  assert.equal(await names('-l', 'tier in (t0, t2),app'), 'b c');
  assert.equal(await names('-l', 'app=x,tier!=t1'), 'b c');
  assert.equal(await names('--field-selector', 'metadata.name=c'), 'c');
  assert.match(
    await shell.fails(['get', 'cm', '--field-selector', 'data.k=1']),
    /"data\.k" is not a known field selector: only "metadata\.name", "metadata\.namespace"/,
  );
  assert.equal(await names('-l', 'app=x', '--sort-by=.data.k'), 'b a c');
  assert.equal(await names('-l', 'app=x', '--chunk-size=1'), 'a b c');
  assert.match(await shell.run(['get', 'cm', 'a', '--show-labels']), /LABELS\na .* app=x,tier=t1\n/);
  assert.match(await shell.run(['get', 'cm', 'a', '-L', 'tier,none']), /TIER +NONE\na .* t1 *\n/);
  assert.match(await shell.run(['get', 'cm', 'a', '--show-kind']), /\nconfigmap\/a /);
  assert.match(
    await shell.run(['get', 'cm', '-A', '-l', 'app=x']),
    new RegExp(`^NAMESPACE .*\n(.*\n)*${shell.namespace} `),
  );
  assert.match(
    await shell.run(['get', 'cm,sa', '-l', '!app']),
    /configmap\/kube-root-ca\.crt[\s\S]*serviceaccount\/default/,
  );
  assert.match(await shell.run(['get', 'cm/a', 'sa/default']), /configmap\/a[\s\S]*serviceaccount\/default/);
});

kubectl('get prints tables of Pods and Deployments, wide ones and those of the server or not', async (shell) => {
  await shell.run(['create', '-f', '-'], deployment('d', 1));
  await shell.run(['rollout', 'status', 'deployment/d', '--timeout=40s']);
  assert.match(
    await shell.run(['get', 'deploy', 'd']),
    /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nd +1\/1 +1 +1 +\d+s\n$/,
  );
  assert.match(
    await shell.run(['get', 'deploy', 'd', '-o', 'wide']),
    /CONTAINERS +IMAGES +SELECTOR\n.* main +example\.org\/none:1 +app=d\n/,
  );
  assert.match(
    await shell.run(['get', 'pods']),
    /^NAME +READY +STATUS +RESTARTS +AGE\nd-\w+-\w+ +1\/1 +Running +0 +\d+s\n$/,
  );
  assert.match(
    await shell.run(['get', 'pods', '-o', 'wide']),
    /IP +NODE +NOMINATED NODE +READINESS GATES\n.* node-a +<none> +<none>\n/,
  );
  assert.match(await shell.run(['get', 'pods', '--server-print=false']), /^NAME +AGE\nd-/);
  assert.match(await shell.run(['get', 'all']), /pod\/d-[\s\S]*deployment\.apps\/d[\s\S]*replicaset\.apps\/d-/);
  const pods = await shell.run([
    'get',
    'pods',
    '--field-selector',
    'status.phase=Running,spec.nodeName=node-a',
    '-o',
    'name',
  ]);
  assert.match(pods, /^pod\/d-/);
  assert.match(await shell.run(['get', 'deploy', 'd', '--subresource=status']), /^NAME +READY/);
  assert.equal(
    await shell.run(['get', 'deploy', 'd', '--subresource=scale', '-o', 'jsonpath={.kind} {.spec.replicas}']),
    'Scale 1',
  );
});

kubectl('get --raw answers what the server says', async (shell) => {
  assert.equal(await shell.run(['get', '--raw', '/readyz']), 'ok');
  assert.match(await shell.run(['get', '--raw', '/readyz?verbose']), /\[\+\].*ok\n[\s\S]*readyz check passed/);
  assert.equal(JSON.parse(await shell.run(['get', '--raw', '/version'])).major, '1');
  assert.match(await shell.run(['get', '--raw', '/metrics']), /^# HELP /);
  assert.match(
    await shell.fails(['get', '--raw', '/nothing']),
    /\(NotFound\): the server could not find the requested resource/,
  );
});

kubectl(
  'get --watch prints what is there and what comes, --watch-only the latter, with the kind of event',
  async (shell) => {
    await shell.run(['create', 'configmap', 'first']);
    const follow = (...words: string[]): ReturnType<typeof shell.follow> => shell.follow(['get', 'cm', ...words]);
    const all = follow('--watch', '-o', 'name');
    const events = follow('--watch', '--output-watch-events', '--field-selector', 'metadata.name=second');
    const only = follow('--watch-only', '-o', 'jsonpath={.metadata.name};');
    await all.until(/configmap\/first\n/);
    // a watch without a beginning prints nothing of its own: what it has missed is asked for again
    let n = 0;
    while (!/again-\d+;/.test(only.text())) {
      n += 1;
      await shell.run(['create', 'configmap', `again-${n}`]);
    }
    assert.doesNotMatch(only.text(), /first/);
    await shell.run(['create', 'configmap', 'second']);
    await shell.run(['label', 'cm', 'second', 'k=v']);
    await shell.run(['delete', 'cm', 'second']);
    await all.until(/configmap\/second\n/);
    await events.until(/^EVENT +NAME +DATA +AGE\n(.*\n)*?ADDED +second .*\nMODIFIED +second .*\nDELETED +second /);
    await only.until(/second;/);
    const one = shell.follow(['get', 'cm', 'first', '-w', '-o', 'jsonpath={.data.k};']);
    await one.until(/^;/);
    await shell.run(['patch', 'cm', 'first', '-p', '{"data":{"k":"later"}}']);
    await one.until(/later;/);
  },
);

kubectl('events lists, filters and follows what happened to an object', async (shell) => {
  await shell.run(['create', '-f', '-'], shellPod('p', { main: 'sleep 1000' }));
  await shell.run(['wait', '--for=condition=Ready', 'pod/p', '--timeout=40s']);
  await shell.until('events', '{.items[*].reason}', /Started/);
  const printed = await shell.run(['events', '--for', 'pod/p']);
  assert.match(printed, /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
  assert.match(printed, /Normal +Scheduled +Pod\/p +Successfully assigned .*\/p to node-a[\s\S]*Created[\s\S]*Started/);
  assert.match(await shell.run(['events', '--types=Warning']), /^$/);
  assert.match(
    await shell.run(['get', 'events', '--field-selector', 'reason=Scheduled,involvedObject.name=p']),
    /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n.*Scheduled +pod\/p/,
  );
  const following = shell.follow(['events', '--watch', '--for', 'pod/p']);
  await following.until(/Started/);
  await shell.run(['delete', 'pod', 'p']);
  await following.until(/Killing/);
});
