/** `rollout`, `scale`, `delete` and `wait`: what takes a while, and what each says meanwhile. */
import assert from 'node:assert/strict';
import { deployment, kubectl, shellPod } from './suite.ts';

const sets = (name: string, command: string): string => {
  const template = {
    metadata: { labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'example.org/none:1', command: ['sh', '-c', command] }],
    },
  };
  const selector = { matchLabels: { app: name } };
  const daemon = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name }, spec: { selector, template } };
  const stateful = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: { selector, template, serviceName: name, replicas: 1 },
  };
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [daemon, stateful] });
};

kubectl('rollout status, history, undo, pause, resume and restart of a Deployment', async (shell) => {
  const rollout = (...words: string[]): Promise<string> => shell.run(['rollout', ...words]);
  await shell.run(['create', '-f', '-'], deployment('d', 1));
  assert.match(await rollout('status', 'deployment/d', '--timeout=40s'), /deployment "d" successfully rolled out\n$/);
  await shell.run(['annotate', 'deployment/d', 'kubernetes.io/change-cause=first']);
  await shell.run(['set', 'env', 'deployment/d', 'A=2']);
  await rollout('status', 'deployment/d', '--timeout=40s');
  await shell.run(['annotate', 'deployment/d', 'kubernetes.io/change-cause=second', '--overwrite']);
  await shell.until('rs -l app=d', '{.items[*].metadata.annotations.kubernetes\\.io/change-cause}', /second/);
  assert.match(
    await rollout('history', 'deployment/d'),
    /^deployment\.apps\/d \nREVISION +CHANGE-CAUSE\n1 +first\n2 +second\n/,
  );
  assert.match(
    await rollout('history', 'deployment/d', '--revision=2'),
    /^deployment\.apps\/d with revision #2\nPod Template:\n[\s\S]*Environment:\n +A:\t2\n/,
  );
  assert.equal(await rollout('undo', 'deployment/d'), 'deployment.apps/d rolled back\n');
  assert.equal(await shell.part('deploy d', '{.spec.template.spec.containers[0].env}'), '');
  await shell.until('deploy d', '{.metadata.annotations.deployment\\.kubernetes\\.io/revision}', /^3$/);
  assert.equal(await rollout('undo', 'deployment/d', '--to-revision=2'), 'deployment.apps/d rolled back\n');
  assert.match(
    await shell.fails(['rollout', 'undo', 'deployment/d', '--to-revision=99']),
    /unable to find specified revision 99/,
  );
  assert.equal(await rollout('pause', 'deployment/d'), 'deployment.apps/d paused\n');
  assert.match(await shell.fails(['rollout', 'pause', 'deployment/d']), /is already paused/);
  assert.match(await shell.fails(['rollout', 'restart', 'deployment/d']), /can't restart paused deployment/);
  assert.match(await shell.fails(['rollout', 'undo', 'deployment/d']), /cannot rollback a paused deployment/);
  assert.equal(await rollout('resume', 'deployment/d'), 'deployment.apps/d resumed\n');
  assert.equal(await rollout('restart', 'deployment/d'), 'deployment.apps/d restarted\n');
  assert.match(
    await shell.part('deploy d', '{.spec.template.metadata.annotations}'),
    /kubectl\.kubernetes\.io\/restartedAt/,
  );
  assert.match(await rollout('status', 'deployment/d', '--timeout=40s'), /successfully rolled out/);
});

kubectl('rollout of a DaemonSet and a StatefulSet: status, history, restart, undo', async (shell) => {
  const rollout = (...words: string[]): Promise<string> => shell.run(['rollout', ...words]);
  await shell.run(['apply', '-f', '-'], sets('s', 'exec sleep 1000'));
  assert.match(await rollout('status', 'daemonset/s', '--timeout=40s'), /daemon set "s" successfully rolled out\n$/);
  assert.match(
    await rollout('status', 'statefulset/s', '--timeout=40s'),
    /partitioned roll out complete: 1 new pods have been updated/,
  );
  await shell.run(['apply', '-f', '-'], sets('s', 'exec sleep 2000'));
  const shown = {
    daemonset: 'daemon set "s" successfully rolled out',
    statefulset: 'partitioned roll out complete: 1 new pods',
  };
  for (const kind of ['daemonset', 'statefulset'] as const) {
    assert.match(await rollout('status', `${kind}/s`, '--timeout=40s'), new RegExp(shown[kind]));
    assert.match(await rollout('history', `${kind}/s`), /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n/);
    assert.match(await rollout('history', `${kind}/s`, '--revision=1'), /exec sleep 1000/);
    assert.equal(await rollout('undo', `${kind}/s`, '--to-revision=1'), `${kind}.apps/s rolled back\n`);
    assert.equal(await shell.part(`${kind} s`, '{.spec.template.spec.containers[0].command[2]}'), 'exec sleep 1000');
    assert.equal(await rollout('restart', `${kind}/s`), `${kind}.apps/s restarted\n`);
  }
});

kubectl('scale sets replicas, only when they are what was thought, of several, and of all kinds', async (shell) => {
  await shell.run(['create', '-f', '-'], deployment('a', 0));
  await shell.run(['create', '-f', '-'], deployment('b', 0));
  assert.equal(await shell.run(['scale', 'deployment/a', '--replicas=1']), 'deployment.apps/a scaled\n');
  assert.match(
    await shell.fails(['scale', 'deployment/a', '--replicas=2', '--current-replicas=5']),
    /Expected replicas to be 5, was 1/,
  );
  const both = await shell.run(['scale', '--replicas=0', 'deployment/a', 'deployment/b']);
  assert.equal(both, 'deployment.apps/a scaled\ndeployment.apps/b scaled\n');
  const waited = await shell.run(['scale', 'deployment', 'a', '--replicas=1', '--timeout=40s', '--current-replicas=0']);
  assert.equal(waited, 'deployment.apps/a scaled\n');
  const rs = await shell.until('rs -l app=b', '{.items[0].metadata.name}', /./);
  assert.equal(await shell.run(['scale', 'rs', rs, '--replicas=0']), `replicaset.apps/${rs} scaled\n`);
  const rc = {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'rc' },
    spec: {
      replicas: 0,
      selector: { app: 'rc' },
      template: { metadata: { labels: { app: 'rc' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };
  await shell.run(['create', '-f', '-'], JSON.stringify(rc));
  assert.equal(
    await shell.run(['scale', 'rc/rc', '--replicas=0', '--resource-version=']),
    'replicationcontroller/rc scaled\n',
  );
});

kubectl('delete: by name, label, field, all, file, raw; dry; cascades', async (shell) => {
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await shell.run(['create', 'configmap', name]);
  assert.equal(await shell.run(['delete', 'cm', 'a', 'b']), 'configmap "a" deleted\nconfigmap "b" deleted\n');
  await shell.run(['label', 'cm', 'c', 'x=z']);
  assert.equal(
    await shell.run(['delete', 'cm', '-l', 'x=z', '--dry-run=server']),
    'configmap "c" deleted (server dry run)\n',
  );
  assert.equal(await shell.run(['delete', 'cm', '-l', 'x=z']), 'configmap "c" deleted\n');
  assert.equal(await shell.run(['delete', 'cm', '--field-selector=metadata.name=d']), 'configmap "d" deleted\n');
  assert.match(
    await shell.run(['delete', '--raw', `/api/v1/namespaces/${shell.namespace}/configmaps/e`]),
    /"status":"Success"/,
  );
  assert.equal(
    await shell.run(['delete', '-f', '-', '-o', 'name'], 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f}\n'),
    'configmap/f\n',
  );
  assert.match(await shell.fails(['delete', 'cm', 'a']), /configmaps "a" not found/);
  assert.equal(await shell.run(['delete', 'cm', 'a', '--ignore-not-found']), '');
  for (const cascade of ['background', 'orphan', 'foreground'] as const) {
    await shell.run(['create', '-f', '-'], deployment(cascade, 0));
    await shell.until(`rs -l app=${cascade}`, '{.items[0].metadata.name}', /./);
    assert.equal(
      await shell.run(['delete', 'deployment', cascade, `--cascade=${cascade}`]),
      `deployment.apps "${cascade}" deleted\n`,
    );
    if (cascade === 'orphan')
      assert.match(await shell.part('rs -l app=orphan', '{.items[*].metadata.name}'), /^orphan-/);
    else await shell.until(`rs -l app=${cascade}`, '{.items}', /^\[\]$/);
  }
  await shell.run(['create', 'configmap', 'last']);
  assert.match(await shell.run(['delete', 'cm', '--all']), /configmap "last" deleted/);
});

kubectl('delete a Pod: with grace, at once, by force, without waiting', async (shell) => {
  const stubborn = "trap '' TERM; while :; do sleep 0.1; done";
  for (const name of ['a', 'b', 'c'])
    await shell.run(['create', '-f', '-'], shellPod(name, { main: stubborn }, { terminationGracePeriodSeconds: 600 }));
  await shell.run(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=40s']);
  assert.equal(await shell.run(['delete', 'pod', 'a', '--grace-period=1']), 'pod "a" deleted\n');
  assert.match(await shell.fails(['get', 'pod', 'a']), /NotFound/);
  assert.equal(await shell.run(['delete', 'pod', 'b', '--wait=false']), 'pod "b" deleted\n');
  assert.match(await shell.run(['get', 'pod', 'b']), /Terminating/);
  assert.equal(await shell.part('pod b', '{.metadata.deletionGracePeriodSeconds}'), '600');
  const forced = await shell.both(['delete', 'pod', 'b', 'c', '--force', '--grace-period=0']);
  assert.equal(forced.stdout, 'pod "b" force deleted\npod "c" force deleted\n');
  assert.match(forced.stderr, /Warning: Immediate deletion does not wait for confirmation/);
  assert.equal(await shell.run(['get', 'pods', '-o', 'name']), '');
});

kubectl('wait for a condition, a value, a creation and a deletion; and not for ever', async (shell) => {
  const waiting = shell.follow(['wait', '--for=create', 'pod/p', '--timeout=40s']);
  await shell.run(['create', '-f', '-'], shellPod('p', { main: 'exec sleep 1000' }));
  await waiting.until(/pod\/p condition met/);
  assert.equal(await shell.run(['wait', '--for=condition=Ready', 'pod/p', '--timeout=40s']), 'pod/p condition met\n');
  assert.equal(
    await shell.run(['wait', '--for=jsonpath={.status.phase}=Running', 'pod', '-l', 'app=p', '--timeout=40s']),
    'pod/p condition met\n',
  );
  assert.equal(
    await shell.run(['wait', '--for=jsonpath={.status.podIP}', 'pod/p', '--timeout=40s']),
    'pod/p condition met\n',
  );
  assert.match(
    await shell.fails(['wait', '--for=condition=Never', 'pod/p', '--timeout=1s']),
    /timed out waiting for the condition on pods\/p/,
  );
  assert.match(
    await shell.fails(['wait', '--for=condition=Ready', 'pod/none', '--timeout=1s']),
    /pods "none" not found/,
  );
  const deletion = shell.follow(['wait', '--for=delete', 'pod/p', '--timeout=40s']);
  await shell.run(['delete', 'pod', 'p']);
  await deletion.until(/pod\/p condition met/);
});
