/** `kubectl create`, every generator: what is typed, and what is there afterwards. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { kubectl } from './suite.ts';

/** What is typed behind `create`, what is printed, and what a part of the object is. */
type Story = readonly [create: string, printed: string, object: string, path: string, expected: string];

const stories: readonly Story[] = [
  ['configmap c --from-literal=a=1 --from-literal=b=ö', 'configmap/c created', 'cm c', '{.data}', '{"a":"1","b":"ö"}'],
  ['secret generic s --from-literal=p=q', 'secret/s created', 'secret s', '{.data.p} {.type}', 'cQ== Opaque'],
  [
    'secret docker-registry r --docker-server=h --docker-username=u --docker-password=p',
    'secret/r created',
    'secret r',
    '{.type}',
    'kubernetes.io/dockerconfigjson',
  ],
  [
    'deployment d --image=nginx --replicas=0 --port=80',
    'deployment.apps/d created',
    'deploy d',
    '{.spec.replicas} {.spec.template.spec.containers[0].ports[0].containerPort} {.spec.strategy}',
    '0 80 {"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"}',
  ],
  [
    'service clusterip inner --tcp=80:8080',
    'service/inner created',
    'svc inner',
    '{.spec.type} {.spec.ports[0].port} {.spec.ports[0].targetPort} {.spec.ports[0].name}',
    'ClusterIP 80 8080 80-8080',
  ],
  [
    'service nodeport outer --tcp=80:http',
    'service/outer created',
    'svc outer',
    '{.spec.type} {.spec.ports[0].targetPort}',
    'NodePort http',
  ],
  [
    'service loadbalancer lb --tcp=80:8080',
    'service/lb created',
    'svc lb',
    '{.spec.type} {.spec.allocateLoadBalancerNodePorts} {.spec.externalTrafficPolicy}',
    'LoadBalancer true Cluster',
  ],
  [
    'service externalname other --external-name=example.com',
    'service/other created',
    'svc other',
    '{.spec.externalName}',
    'example.com',
  ],
  ['service clusterip none --clusterip=None', 'service/none created', 'svc none', '{.spec.clusterIP}', 'None'],
  ['serviceaccount sa', 'serviceaccount/sa created', 'sa sa', '{.metadata.name}', 'sa'],
  [
    'role ro --verb=get,list --resource=pods,deployments.apps,pods/log --resource-name=x',
    'role.rbac.authorization.k8s.io/ro created',
    'role ro',
    '{.rules[*].apiGroups} {.rules[0].resources} {.rules[0].verbs} {.rules[0].resourceNames}',
    '[""] ["apps"] ["pods","pods/log"] ["get","list"] ["x"]',
  ],
  [
    'rolebinding rb --role=ro --serviceaccount=x:sa --user=ann',
    'rolebinding.rbac.authorization.k8s.io/rb created',
    'rolebinding rb',
    '{.roleRef.kind} {.roleRef.name} {.subjects[*].kind}',
    'Role ro User ServiceAccount',
  ],
  [
    'pdb p --selector=app=d --min-available=50%',
    'poddisruptionbudget.policy/p created',
    'pdb p',
    '{.spec.minAvailable} {.spec.selector.matchLabels.app}',
    '50% d',
  ],
  [
    'poddisruptionbudget n --selector=app=d --max-unavailable=0',
    'poddisruptionbudget.policy/n created',
    'pdb n',
    '{.spec.maxUnavailable}',
    '0',
  ],
  [
    'job j --image=busybox -- date -u',
    'job.batch/j created',
    'job j',
    '{.spec.template.spec.containers[0].command} {.spec.backoffLimit} {.spec.template.spec.restartPolicy}',
    '["date","-u"] 6 Never',
  ],
  [
    'cronjob cj --image=busybox --schedule=0 0 1 1 * -- true',
    'cronjob.batch/cj created',
    'cronjob cj',
    '{.spec.schedule} {.spec.concurrencyPolicy} {.spec.jobTemplate.spec.template.spec.restartPolicy}',
    '0 0 1 1 * Allow OnFailure',
  ],
  [
    'ingress i --class=web --rule=a.example/x*=inner:80,tls=t --default-backend=inner:http --annotation=a=b',
    'ingress.networking.k8s.io/i created',
    'ingress i',
    '{.spec.ingressClassName} {.spec.rules[0].http.paths[0].pathType} {.spec.tls[0].secretName} {.spec.defaultBackend.service.port.name} {.metadata.annotations.a}',
    'web Prefix t http b',
  ],
  [
    'quota q --hard=pods=10,cpu=1500m --scopes=BestEffort',
    '',
    'quota q',
    '',
    'error: failed to create quota: ResourceQuota "q" is invalid: spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
  ],
  [
    'quota q --hard=count/widgets=5,cpu=1500m',
    'resourcequota/q created',
    'quota q',
    '{.spec.hard}',
    '{"count/widgets":"5","cpu":"1500m"}',
  ],
  ['configmap c', '', '', '', 'error: failed to create configmap: configmaps "c" already exists'],
];

/** A line as the shell splits it; the five words of a schedule are one. */
function words(line: string): string[] {
  const schedule = /--schedule=([^-]+) --/.exec(line)?.[1];
  if (schedule === undefined) return line.split(' ');
  return line
    .replace(schedule, 'SCHEDULE')
    .split(' ')
    .map((word) => word.replace('SCHEDULE', schedule));
}

kubectl(
  'create makes what each generator is for, prints its name, and repeats the reason of a refusal',
  async (shell) => {
    for (const [create, printed, object, path, expected] of stories) {
      if (printed === '') {
        assert.equal((await shell.fails(['create', ...words(create)])).trim(), expected, create);
        continue;
      }
      assert.equal((await shell.run(['create', ...words(create)])).trim(), printed);
      assert.equal(await shell.part(object, path), expected, create);
    }
  },
);

kubectl('create makes what has no namespace', async (shell) => {
  const name = shell.namespace;
  const gone = (...object: string[]): void => shell.after(() => shell.both(['delete', ...object]));
  gone('clusterrole', name, `${name}-agg`);
  gone('clusterrolebinding', name);
  gone('priorityclass', name);
  gone('namespace', `${name}-more`);
  const made = async (args: string[], object: string, path: string): Promise<string> => {
    await shell.run(['create', ...args]);
    return shell.part(object, path);
  };
  const rule = ['clusterrole', name, '--verb=get', '--non-resource-url=/healthz'];
  assert.equal(await made(rule, `clusterrole ${name}`, '{.rules[0].nonResourceURLs}'), '["/healthz"]');
  const selector = '{.aggregationRule.clusterRoleSelectors[0].matchLabels.x}';
  const aggregated = ['clusterrole', `${name}-agg`, '--aggregation-rule=x=y'];
  assert.equal(await made(aggregated, `clusterrole ${name}-agg`, selector), 'y');
  const binding = ['clusterrolebinding', name, `--clusterrole=${name}`, '--user=joe', '--group=crew'];
  assert.equal(await made(binding, `clusterrolebinding ${name}`, '{.subjects[*].name}'), 'joe crew');
  const priority = ['priorityclass', name, '--value=-5', '--preemption-policy=Never', '--description=low'];
  assert.equal(
    await made(priority, `priorityclass ${name}`, '{.value} {.preemptionPolicy} {.description}'),
    '-5 Never low',
  );
  assert.equal(await made(['namespace', `${name}-more`], `ns ${name}-more`, '{.spec.finalizers}'), '["kubernetes"]');
});

kubectl('create takes the contents of files, of directories and of a certificate', async (shell) => {
  const text = shell.file('text', 'line\n');
  const binary = shell.file('binary', Buffer.from([0, 255, 128]));
  await shell.run(['create', 'configmap', 'files', `--from-file=${text}`, `--from-file=k=${binary}`]);
  assert.equal(await shell.part('cm files', '{.data.text}{.binaryData.k}'), 'line\nAP+A');
  const variables = shell.file('variables.env', 'A=1\n# no\nB=two words\n');
  await shell.run(['create', 'secret', 'generic', 'variables', `--from-env-file=${variables}`, '--type=example.org/x']);
  assert.equal(await shell.part('secret variables', '{.data.A} {.data.B} {.type}'), 'MQ== dHdvIHdvcmRz example.org/x');
  const [key, cert] = [join(shell.dir, 'key.pem'), join(shell.dir, 'cert.pem')];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=a'];
  execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  await shell.run(['create', 'secret', 'tls', 't', `--cert=${cert}`, `--key=${key}`]);
  assert.equal(await shell.part('secret t', '{.type}'), 'kubernetes.io/tls');
});

kubectl('create token signs one for a ServiceAccount, for an audience, a while and an object', async (shell) => {
  await shell.run(['create', 'serviceaccount', 'sa']);
  await shell.run(['create', 'secret', 'generic', 's']);
  const bound = ['--bound-object-kind=Secret', '--bound-object-name=s'];
  const token = await shell.run(['create', 'token', 'sa', '--duration=1h', '--audience=me', ...bound]);
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  assert.deepEqual(
    [claims.aud, claims.sub, claims.exp - claims.iat, claims['kubernetes.io'].secret.name],
    [['me'], `system:serviceaccount:${shell.namespace}:sa`, 3600, 's'],
  );
  assert.match(await shell.fails(['create', 'token', 'none']), /serviceaccounts "none" not found/);
});

kubectl('create -f makes all of a file, of a directory and of its input, and --dry-run none of it', async (shell) => {
  shell.file(
    'a.yaml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\n',
  );
  shell.file('c.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}');
  const dry = await shell.run(['create', '-f', shell.dir, '--dry-run=server']);
  assert.equal(
    dry,
    'configmap/a created (server dry run)\nsecret/b created (server dry run)\nconfigmap/c created (server dry run)\n',
  );
  assert.match(await shell.fails(['get', 'cm', 'a']), /^Error from server \(NotFound\): configmaps "a" not found/);
  assert.equal(
    await shell.run(['create', '-f', shell.dir]),
    'configmap/a created\nsecret/b created\nconfigmap/c created\n',
  );
  assert.match(
    await shell.fails(['create', '-f', '-'], 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\nspec: {}\n'),
    /strict decoding error: unknown field "spec"/,
  );
  assert.match(
    await shell.fails(['create', '-f', '-'], 'apiVersion: v1\nkind: Nothing\nmetadata: {name: d}\n'),
    /no matches for kind "Nothing" in version "v1"/,
  );
  const raw = `/api/v1/namespaces/${shell.namespace}/configmaps`;
  const body = shell.file('raw.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"}}');
  assert.match(await shell.run(['create', '--raw', raw, '-f', body]), /"name":"raw"/);
});
