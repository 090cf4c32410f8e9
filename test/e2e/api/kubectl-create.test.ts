/** Everything the real kubectl makes without a manifest: it sends Protocol Buffers, and takes them back. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startHubApi } from '../../support/hub-api.ts';
import { kubectl } from '../../support/kubectl.ts';
import { tempDir } from '../../support/temp-dir.ts';

const found = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
const skip = found ? false : 'kubectl is not installed';

/** Two ends of a story: what is typed, and what a part of the object is afterwards. */
type Story = readonly [name: string, create: readonly string[], read: readonly string[], expected: string];

const path = (resource: string, jsonpath: string): string[] => [
  'get',
  ...resource.split(' '),
  '-o',
  `jsonpath=${jsonpath}`,
];

const stories: readonly Story[] = [
  ['a namespace', ['namespace', 'sea'], path('ns sea', '{.spec.finalizers}'), '["kubernetes"]'],
  [
    'a ConfigMap of literals',
    ['configmap', 'c', '--from-literal=a=1', '--from-literal=b=ö'],
    path('cm c', '{.data}'),
    '{"a":"1","b":"ö"}',
  ],
  ['a Secret', ['secret', 'generic', 's', '--from-literal=p=q'], path('secret s', '{.data.p} {.type}'), 'cQ== Opaque'],
  [
    'a registry Secret',
    ['secret', 'docker-registry', 'r', '--docker-server=h', '--docker-username=u', '--docker-password=p'],
    path('secret r', '{.type}'),
    'kubernetes.io/dockerconfigjson',
  ],
  [
    'a Deployment',
    ['deployment', 'd', '--image=nginx', '--replicas=2', '--port=80'],
    path('deploy d', '{.spec.replicas} {.spec.template.spec.containers[0].ports[0].containerPort} {.spec.strategy}'),
    '2 80 {"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"}',
  ],
  [
    'a Service',
    ['service', 'clusterip', 'inner', '--tcp=80:8080'],
    path('svc inner', '{.spec.type} {.spec.ports[0].port} {.spec.ports[0].targetPort}'),
    'ClusterIP 80 8080',
  ],
  [
    'a Service on every node',
    ['service', 'nodeport', 'outer', '--tcp=80:http'],
    path('svc outer', '{.spec.type} {.spec.ports[0].targetPort}'),
    'NodePort http',
  ],
  [
    'a Service elsewhere',
    ['service', 'externalname', 'other', '--external-name=example.com'],
    path('svc other', '{.spec.externalName}'),
    'example.com',
  ],
  [
    'a headless Service',
    ['service', 'clusterip', 'none', '--clusterip=None'],
    path('svc none', '{.spec.clusterIP}'),
    'None',
  ],
  ['a ServiceAccount', ['serviceaccount', 'sa'], path('sa sa', '{.metadata.name}'), 'sa'],
  [
    'a Role',
    ['role', 'r', '--verb=get,list', '--resource=pods,deployments.apps'],
    path('role r', '{.rules[*].apiGroups} {.rules[0].verbs}'),
    '[""] ["apps"] ["get","list"]',
  ],
  [
    'a RoleBinding',
    ['rolebinding', 'rb', '--role=r', '--serviceaccount=default:sa'],
    path('rolebinding rb', '{.roleRef.name} {.subjects[0].name}'),
    'r sa',
  ],
  [
    'a ClusterRole',
    ['clusterrole', 'cr', '--verb=get', '--non-resource-url=/healthz'],
    path('clusterrole cr', '{.rules[0].nonResourceURLs}'),
    '["/healthz"]',
  ],
  [
    'an aggregated ClusterRole',
    ['clusterrole', 'agg', '--aggregation-rule=x=y'],
    path('clusterrole agg', '{.aggregationRule.clusterRoleSelectors[0].matchLabels.x}'),
    'y',
  ],
  [
    'a ClusterRoleBinding',
    ['clusterrolebinding', 'crb', '--clusterrole=cr', '--user=joe', '--group=crew'],
    path('clusterrolebinding crb', '{.subjects[*].name}'),
    'joe crew',
  ],
  ['a budget', ['pdb', 'p', '--selector=app=d', '--min-available=50%'], path('pdb p', '{.spec.minAvailable}'), '50%'],
  [
    'a budget in numbers',
    ['pdb', 'n', '--selector=app=d', '--max-unavailable=0'],
    path('pdb n', '{.spec.maxUnavailable}'),
    '0',
  ],
  [
    'a PriorityClass',
    ['priorityclass', 'pc', '--value=-5', '--preemption-policy=Never'],
    path('priorityclass pc', '{.value} {.preemptionPolicy}'),
    '-5 Never',
  ],
  [
    'a Job',
    ['job', 'j', '--image=busybox', '--', 'date', '-u'],
    path('job j', '{.spec.template.spec.containers[0].command} {.spec.backoffLimit}'),
    '["date","-u"] 6',
  ],
  [
    'a CronJob',
    ['cronjob', 'cj', '--image=busybox', '--schedule=*/5 * * * *'],
    path('cronjob cj', '{.spec.schedule} {.spec.concurrencyPolicy}'),
    '*/5 * * * * Allow',
  ],
  [
    'an Ingress',
    ['ingress', 'i', '--class=web', '--rule=a.example/x*=inner:80,tls=t'],
    path('ingress i', '{.spec.ingressClassName} {.spec.rules[0].http.paths[0].pathType} {.spec.tls[0].secretName}'),
    'web Prefix t',
  ],
  [
    'a quota',
    ['quota', 'q', '-n', 'sea', '--hard=pods=10,cpu=1500m'],
    path('quota q -n sea', '{.spec.hard}'),
    '{"cpu":"1500m","pods":"10"}',
  ],
];

test('kubectl creates', { skip }, async (t) => {
  const hub = await startHubApi(t);
  const dir = tempDir(t, 'coracle-create-');

  /** Runs kubectl; it must succeed. */
  const run = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, out, error } = await kubectl(hub.kubeconfig, args, input);
    assert.equal(code, 0, `${args.join(' ')}: ${error}`);
    return out;
  };

  for (const [name, create, read, expected] of stories) {
    await t.test(name, async () => {
      await run(['create', ...create]);
      assert.equal(await run(read), expected);
    });
  }

  await t.test('ConfigMaps of files, texts and bytes', async () => {
    const [text, binary] = [join(dir, 'text'), join(dir, 'binary')];
    writeFileSync(text, 'line\n');
    writeFileSync(binary, Buffer.from([0, 255, 128]));
    await run(['create', 'configmap', 'files', `--from-file=${text}`, `--from-file=k=${binary}`]);
    assert.equal(await run(path('cm files', '{.data.text}{.binaryData.k}')), 'line\nAP+A');
  });

  await t.test('a Secret of a certificate', async () => {
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=a'];
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    await run(['create', 'secret', 'tls', 't', `--cert=${cert}`, `--key=${key}`]);
    assert.equal(await run(path('secret t', '{.type}')), 'kubernetes.io/tls');
  });

  await t.test('a token of a ServiceAccount', async () => {
    const token = await run(['create', 'token', 'sa', '--duration=1h', '--audience=me']);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    assert.deepEqual([claims['aud'], claims['sub']], [['me'], 'system:serviceaccount:default:sa']);
  });

  await t.test('a Pod, what exposes it, and its eviction', async () => {
    await run(['run', 'web', '--image=nginx', '--port=80', '--env=A=b', '--labels=app=web']);
    assert.equal(await run(path('pod web', '{.spec.containers[0].env[0].value} {.spec.restartPolicy}')), 'b Always');
    await run(['expose', 'pod', 'web', '--port=8080', '--target-port=80', '--name=exposed']);
    assert.equal(await run(path('svc exposed', '{.spec.selector.app} {.spec.ports[0].targetPort}')), 'web 80');
    await run(['delete', 'pod', 'web', '--force', '--grace-period=0']);
    const { code, error } = await kubectl(hub.kubeconfig, ['get', 'pod', 'web']);
    assert.deepEqual([code, error.trim()], [1, 'Error from server (NotFound): pods "web" not found']);
  });

  await t.test('replicas, by hand and by an autoscaler', async () => {
    await run(['create', 'deployment', 'grow', '--image=nginx']);
    await run(['scale', 'deployment', 'grow', '--replicas=3', '--current-replicas=1']);
    await run(['autoscale', 'deployment', 'grow', '--min=2', '--max=5', '--cpu-percent=70']);
    assert.equal(await run(path('deploy grow', '{.spec.replicas}')), '3');
    assert.equal(
      await run(
        path(
          'hpa grow',
          '{.spec.minReplicas} {.spec.maxReplicas} {.spec.metrics[0].resource.target.averageUtilization}',
        ),
      ),
      '2 5 70',
    );
  });

  await t.test('a Node is cordoned, drained and taken back', async () => {
    await run(['create', '-f', '-'], '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}');
    const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'drained' }, spec };
    await run(['create', '-f', '-'], JSON.stringify(pod));
    await run(['cordon', 'n1']);
    assert.equal(await run(path('node n1', '{.spec.unschedulable}')), 'true');
    const drained = await kubectl(hub.kubeconfig, ['drain', 'n1', '--force', '--timeout=1s']);
    assert.match(drained.out, /evicting pod default\/drained|node\/n1 drained/);
    assert.notEqual(await run(path('pod drained', '{.metadata.deletionTimestamp}')), '');
    await run(['uncordon', 'n1']);
    assert.equal(await run(path('node n1', '{.spec.unschedulable}')), '');
  });

  await t.test('questions of access', async () => {
    const may = async (...args: string[]): Promise<string> =>
      (await kubectl(hub.kubeconfig, ['auth', 'can-i', ...args])).out.trim();
    await run(['create', 'role', 'reader', '--verb=get', '--resource=configmaps']);
    await run(['create', 'rolebinding', 'reader', '--role=reader', '--user=ann']);
    await run([
      'create',
      'clusterrole',
      'asks',
      '--verb=create',
      '--resource=selfsubjectaccessreviews.authorization.k8s.io',
    ]);
    await run(['create', 'clusterrolebinding', 'asks', '--clusterrole=asks', '--user=ann']);
    assert.equal(await may('get', 'configmaps', '--as=ann'), 'yes');
    assert.equal(await may('delete', 'configmaps', '--as=ann'), 'no');
    assert.match(await run(['auth', 'whoami', '-o', 'json']), /system:masters/);
  });

  await t.test('refusals in its own words', async () => {
    await run(['create', 'configmap', 'twice']);
    const twice = await kubectl(hub.kubeconfig, ['create', 'configmap', 'twice']);
    assert.equal(twice.error.trim(), 'error: failed to create configmap: configmaps "twice" already exists');
    const dry = await run(['create', 'configmap', 'dry', '--dry-run=server', '-o', 'jsonpath={.metadata.name}']);
    assert.equal(dry, 'dry');
    assert.equal((await kubectl(hub.kubeconfig, ['get', 'cm', 'dry'])).code, 1);
  });
});
