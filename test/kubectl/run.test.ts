/** `run`, `expose`, `autoscale` and `create job --from`: objects made of what was typed, or of others. */
import assert from 'node:assert/strict';
import { kubectl } from './suite.ts';

kubectl('run starts a Pod, exposes it, takes overrides, and shows what it would make', async (shell) => {
  const started = ['run', 'web', '--image=nginx', '--port=80', '--env=A=b', '--labels=app=web,tier=x', '--expose'];
  assert.equal(await shell.run(started), 'service/web created\npod/web created\n');
  assert.equal(
    await shell.part('pod web', '{.spec.containers[0].env[0].value} {.spec.restartPolicy} {.metadata.labels.tier}'),
    'b Always x',
  );
  assert.equal(await shell.part('svc web', '{.spec.selector.app} {.spec.ports[0].port}'), 'web 80');
  const overrides = JSON.stringify({ spec: { serviceAccountName: 'default', priority: 0 } });
  const dry = ['run', 'other', '--image=i', `--overrides=${overrides}`, '--dry-run=server', '-o'];
  assert.equal(await shell.run([...dry, 'jsonpath={.spec.serviceAccountName}']), 'default');
  const bare = await shell.run([
    'run',
    'bare',
    '--image=i',
    '--restart=Never',
    '--dry-run=client',
    '-o',
    'yaml',
    '--',
    'ls',
  ]);
  assert.match(bare, /kind: Pod[\s\S]*args:\n {4}- ls[\s\S]*restartPolicy: Never/);
});

kubectl('expose makes a Service of a Pod, a Deployment, a Service, a ReplicaSet', async (shell) => {
  await shell.run(['create', 'deployment', 'd', '--image=nginx', '--port=80', '--replicas=1']);
  const exposed = await shell.run(['expose', 'deployment', 'd', '--port=8080', '--target-port=80', '--name=one']);
  assert.equal(exposed, 'service/one exposed\n');
  assert.equal(
    await shell.part('svc one', '{.spec.selector.app} {.spec.ports[0]}'),
    'd {"port":8080,"protocol":"TCP","targetPort":80}',
  );
  await shell.run(['expose', 'service', 'one', '--port=81', '--type=NodePort', '--name=two', '--protocol=UDP']);
  assert.equal(await shell.part('svc two', '{.spec.type} {.spec.ports[0].protocol}'), 'NodePort UDP');
  const set = await shell.until('rs -l app=d', '{.items[0].metadata.name}', /./);
  await shell.run([
    'expose',
    'rs',
    set,
    '--port=1',
    '--cluster-ip=None',
    '--name=three',
    '--session-affinity=ClientIP',
  ]);
  assert.equal(await shell.part('svc three', '{.spec.clusterIP} {.spec.sessionAffinity}'), 'None ClientIP');
  await shell.run(['run', 'p', '--image=i', '--labels=x=y']);
  await shell.run(['expose', 'pod', 'p', '--port=1', '--external-ip=192.0.2.1', '--labels=k=v']);
  assert.equal(
    await shell.part('svc p', '{.spec.externalIPs[0]} {.spec.selector.x} {.metadata.labels.k}'),
    '192.0.2.1 y v',
  );
});

kubectl('autoscale makes an autoscaler of CPU', async (shell) => {
  await shell.run(['create', 'deployment', 'grow', '--image=nginx', '--replicas=0']);
  const args = ['autoscale', 'deployment', 'grow', '--min=2', '--max=5', '--cpu-percent=70'];
  assert.equal(await shell.run(args), 'horizontalpodautoscaler.autoscaling/grow autoscaled\n');
  const path = '{.spec.minReplicas} {.spec.maxReplicas} {.spec.metrics[0].resource.target.averageUtilization}';
  assert.equal(await shell.part('hpa grow', path), '2 5 70');
});

kubectl('create job --from copies a CronJob', async (shell) => {
  const schedule = '--schedule=0 0 1 1 *';
  await shell.run(['create', 'cronjob', 'cj', '--image=example.org/none:1', schedule, '--', 'true']);
  assert.equal(await shell.run(['create', 'job', 'now', '--from=cronjob/cj']), 'job.batch/now created\n');
  const path = '{.metadata.ownerReferences[0].name} {.metadata.annotations.cronjob\\.kubernetes\\.io/instantiate}';
  assert.equal(await shell.part('job now', path), 'cj manual');
  assert.equal(
    await shell.run(['wait', 'job/now', '--for=condition=complete', '--timeout=40s']),
    'job.batch/now condition met\n',
  );
});
