/** kubectl on Pods, controllers and Services. */
import assert from 'node:assert/strict';
import { container, core, isReady, pod, podSpec, podsOf, runPod, workload } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';
import { isRolledOut } from '../workloads.ts';

const manifest = (object: object): string => JSON.stringify(object);

async function controller(cluster: Cluster, replicas: number): Promise<void> {
  cluster.kubectl(['create', '-f', '-'], manifest(workload('ReplicationController', 'web', { replicas })));
  await cluster.eventually(core(cluster, 'replicationcontrollers', 'web'), isRolledOut(replicas));
}

conformance('[sig-cli] kubectl.go: describe', async (cluster) => {
  const { kubectl, namespace } = cluster;
  await controller(cluster, 1);
  kubectl(
    ['create', '-f', '-'],
    manifest({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { selector: { app: 'web' }, ports: [{ port: 6379, targetPort: 80 }] },
    }),
  );
  const [first] = await podsOf(cluster, 'web');
  const name = first?.metadata.name ?? '';
  const says = (args: string[], ...expected: (string | RegExp)[]): void => {
    const text = kubectl(['describe', ...args]);
    for (const one of expected) assert.match(text, typeof one === 'string' ? new RegExp(one) : one);
  };
  says(
    ['pod', name],
    `Name: +${name}`,
    `Namespace: +${namespace}`,
    /Node: +node-/,
    /Labels: +app=web/,
    /Status: +Running/,
    /IP:/,
    /Controlled By: +ReplicationController\/web/,
    /Image: +busybox/,
    /State: +Running/,
    /QoS Class: +BestEffort/,
    /Events:/,
    /Started/,
  );
  says(
    ['rc', 'web'],
    /Name: +web/,
    `Namespace: +${namespace}`,
    /Selector: +app=web/,
    /Labels: +app=web/,
    /Replicas: +1 current \/ 1 desired/,
    /Pods Status: +1 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/,
    /Pod Template:/,
    /Image: +busybox/,
    /SuccessfulCreate/,
  );
  says(
    ['service', 'web'],
    /Name: +web/,
    /Labels: +app=web/,
    /Selector: +app=web/,
    /Type: +ClusterIP/,
    /IP:/,
    /Port: +<unset> +6379\/TCP/,
    /Endpoints:/,
    /Session Affinity: +None/,
  );
  says(
    ['node', 'node-a'],
    /Name: +node-a/,
    /Labels:/,
    /Annotations:/,
    /CreationTimestamp:/,
    /Conditions:/,
    /Type +Status +LastHeartbeatTime/,
    /Addresses:/,
    /Capacity:/,
    /System Info:/,
    /Kubelet Version:/,
    /Non-terminated Pods:/,
    /Allocated resources:/,
  );
  says(
    ['namespace', namespace],
    `Name: +${namespace}`,
    /Labels:/,
    /Annotations:/,
    /Status: +Active/,
    /No resource quota/,
    /No LimitRange resource/,
  );
});

conformance('[sig-cli] kubectl.go: diff', async (cluster) => {
  const deployment = manifest(workload('Deployment', 'web', { replicas: 1 }));
  cluster.kubectl(['apply', '-f', '-'], deployment);
  const { code, stdout } = cluster.tryKubectl(['diff', '-f', '-'], deployment.replace('busybox:1', 'busybox:9.99'));
  assert.equal(code, 1);
  assert.match(stdout, /^- +(- )?image: busybox:1$/m);
  assert.match(stdout, /^\+ +(- )?image: busybox:9\.99$/m);
  assert.equal(cluster.tryKubectl(['diff', '-f', '-'], deployment).code, 0);
});

conformance('[sig-cli] kubectl.go: expose', async (cluster) => {
  const { eventually, kubectl, ok } = cluster;
  await controller(cluster, 1);
  const exposed = async (name: string, port: number): Promise<void> => {
    const { spec } = await ok('GET', core(cluster, 'services', name));
    assert.equal(spec.ports[0].port, port);
    assert.equal(spec.ports[0].targetPort, 6379);
    await eventually(core(cluster, 'endpoints', name), (one) => one['subsets']?.[0]?.ports[0].port === 6379);
  };
  kubectl(['expose', 'rc', 'web', '--name=rm2', '--port=1234', '--target-port=6379']);
  await exposed('rm2', 1234);
  kubectl(['expose', 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379']);
  await exposed('rm3', 2345);
});

conformance('[sig-cli] kubectl.go: label', async (cluster) => {
  const { kubectl } = cluster;
  kubectl(['create', '-f', '-'], manifest(pod('pause')));
  kubectl(['label', 'pods', 'pause', 'testing-label=testing-label-value']);
  assert.match(kubectl(['get', 'pod', 'pause', '-L', 'testing-label']), /testing-label-value/);
  kubectl(['label', 'pods', 'pause', 'testing-label-']);
  assert.doesNotMatch(kubectl(['get', 'pod', 'pause', '-L', 'testing-label']), /testing-label-value/);
});

conformance('[sig-cli] kubectl.go: patch annotations', async (cluster) => {
  await controller(cluster, 2);
  for (const { metadata } of await podsOf(cluster, 'web')) {
    cluster.kubectl(['patch', 'pod', metadata.name, '-p', '{"metadata":{"annotations":{"x":"y"}}}']);
  }
  for (const { metadata } of await podsOf(cluster, 'web')) assert.equal(metadata.annotations?.['x'], 'y');
});

conformance('[sig-cli] kubectl.go: replace', async (cluster) => {
  const { kubectl } = cluster;
  kubectl(['run', 'replaced', '--image=busybox:1', '--labels=run=replaced', '--command', '--', 'sleep', '1000']);
  await cluster.eventually(core(cluster, 'pods', 'replaced'), isReady);
  const text = kubectl(['get', 'pod', 'replaced', '-o', 'json']);
  kubectl(['replace', '-f', '-'], text.replace('"image": "busybox:1"', '"image": "busybox:1.38"'));
  assert.equal(
    (await cluster.ok('GET', core(cluster, 'pods', 'replaced')))['spec'].containers[0].image,
    'busybox:1.38',
  );
});

conformance('[sig-cli] kubectl.go: run', async (cluster) => {
  cluster.kubectl(['run', 'once', '--restart=Never', '--image=busybox:1', '--pod-running-timeout=2m0s']);
  const { spec } = await cluster.ok('GET', core(cluster, 'pods', 'once'));
  assert.equal(spec.containers[0].image, 'busybox:1');
  assert.equal(spec.restartPolicy, 'Never');
});

conformance('[sig-cli] kubectl.go: server dry-run', async (cluster) => {
  const { kubectl } = cluster;
  kubectl(['run', 'dry', '--image=busybox:1', '--command', '--', 'sleep', '1000']);
  const patch = { spec: { containers: [{ name: 'dry', image: 'busybox:1.38' }] } };
  const shown = kubectl(['patch', 'pod', 'dry', '-p', JSON.stringify(patch), '--dry-run=server', '-o', 'json']);
  assert.match(shown, /busybox:1\.38/);
  assert.equal((await cluster.ok('GET', core(cluster, 'pods', 'dry')))['spec'].containers[0].image, 'busybox:1');
});

conformance('[sig-cli] kubectl.go: scale RC', async (cluster) => {
  await controller(cluster, 2);
  const running = (count: number): Promise<void> =>
    until(async () => {
      const template =
        '-o=template={{range .items}}{{if (not .metadata.deletionTimestamp)}}{{.status.phase}} {{end}}{{end}}';
      const found = cluster.kubectl(['get', 'pods', '-l', 'app=web', template]);
      return found.trim() === 'Running '.repeat(count).trim();
    });
  await running(2);
  for (const count of [1, 2]) {
    cluster.kubectl(['scale', 'rc', 'web', `--replicas=${count}`, '--timeout=5m']);
    await running(count);
  }
});

conformance('[sig-cli] logs.go: logs filters', async (cluster) => {
  const { kubectl } = cluster;
  const script = 'i=0; while :; do echo "line $i of the log"; i=$((i+1)); sleep 0.3; done';
  await runPod(cluster, pod('logs', podSpec(undefined, { containers: [container(script)] })));
  await until(() => kubectl(['logs', 'logs']).split('\n').length > 5);
  assert.equal(kubectl(['logs', 'logs', 'main', '--tail=1']).trimEnd().split('\n').length, 1);
  assert.equal(kubectl(['logs', 'logs', 'main', '--limit-bytes=1']).length, 1);
  const [stamp = '', ...words] = kubectl(['logs', 'logs', 'main', '--tail=1', '--timestamps']).trim().split(' ');
  assert.match(stamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  assert.match(words.join(' '), /^line \d+ of the log$/);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const lines = (since: string): number => kubectl(['logs', 'logs', 'main', since]).trimEnd().split('\n').length;
  assert.ok(lines('--since=1s') < lines('--since=24h'));
});

conformance('[sig-cli] kubectl.go: create and stop RC', async (cluster) => {
  // the replicas share the machine's ports, so each takes a free one and says it in its log
  const script = `exec ${process.execPath} -e "const s=require('http').createServer((q,a)=>a.end('nautilus')).listen(0,()=>console.log(s.address().port))"`;
  const template = podSpec(undefined, { containers: [container(script)] });
  cluster.kubectl(
    ['create', '-f', '-'],
    manifest(workload('ReplicationController', 'nautilus', { replicas: 2, template })),
  );
  const names = (): string[] =>
    cluster
      .kubectl([
        'get',
        'pods',
        '-l',
        'app=nautilus',
        '-o',
        'template',
        '--template={{range.items}}{{.metadata.name}} {{end}}',
      ])
      .trim()
      .split(' ');
  const state = '{{range .status.containerStatuses}}{{if .state.running}}true{{end}}{{end}}';
  await until(() => names().length === 2);
  for (const name of names()) {
    await until(() => cluster.kubectl(['get', 'pods', name, '-o', 'template', `--template=${state}`]) === 'true');
    await until(() => /^\d+$/.test(cluster.kubectl(['logs', name]).trim()));
    const port = cluster.kubectl(['logs', name]).trim();
    assert.equal(await cluster.ok<string>('GET', `${core(cluster, 'pods', `${name}:${port}`)}/proxy/`), 'nautilus');
  }
  cluster.kubectl(
    ['delete', '--grace-period=0', '--force', '-f', '-'],
    manifest(workload('ReplicationController', 'nautilus')),
  );
  assert.equal(cluster.kubectl(['get', 'rc,svc', '-l', 'app=nautilus', '--no-headers']), '');
  await until(async () => (await podsOf(cluster, 'nautilus')).length === 0);
});
