/** What a Pod is filled with before it is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Deployment } from '../../../hub/api/workload.ts';
import { created, selected, strategy } from './made.ts';

const pod = (spec: object = {}) =>
  created<Pod>('', 'Pod', { spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec } });
const container = (parts: object) =>
  pod({ containers: [{ name: 'c', image: 'busybox', ...parts }] }).spec.containers[0];

test('the smallest Pod is filled as Kubernetes fills it', () => {
  const { spec, status } = pod();
  assert.deepEqual(spec, {
    containers: [
      {
        name: 'c',
        image: 'busybox',
        imagePullPolicy: 'Always',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ],
    dnsPolicy: 'ClusterFirst',
    enableServiceLinks: true,
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  assert.deepEqual(status, { phase: 'Pending', qosClass: 'BestEffort' });
});

test('an image is pulled always when its tag moves, else when it is not there', () => {
  const policies = {
    'nginx:latest': 'Always',
    'nginx:1.2': 'IfNotPresent',
    'r.io:5000/nginx': 'Always',
    'r.io:5000/nginx:1': 'IfNotPresent',
    [`nginx@sha256:${'a'.repeat(64)}`]: 'IfNotPresent',
  };
  for (const [image, policy] of Object.entries(policies))
    assert.equal(container({ image })?.imagePullPolicy, policy, image);
});

test('probes get times, ports a protocol, limits become requests', () => {
  const filled = container({
    ports: [{ containerPort: 80 }],
    livenessProbe: { httpGet: { port: 80 } },
    resources: { limits: { cpu: '500m' }, requests: { memory: '1Gi' } },
  });
  assert.deepEqual(filled?.ports, [{ containerPort: 80, protocol: 'TCP' }]);
  assert.deepEqual(filled?.livenessProbe, {
    httpGet: { port: 80, path: '/', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  assert.deepEqual(filled?.resources, { limits: { cpu: '500m' }, requests: { memory: '1Gi', cpu: '500m' } });
});

test('a volume without a source is an empty folder, and files get their mode', () => {
  const volumes = [{ name: 'a' }, { name: 'b', configMap: { name: 'm' } }, { name: 'c', hostPath: { path: '/x' } }];
  assert.deepEqual(pod({ volumes }).spec.volumes, [
    { name: 'a', emptyDir: {} },
    { name: 'b', configMap: { name: 'm', defaultMode: 420 } },
    { name: 'c', hostPath: { path: '/x', type: '' } },
  ]);
});

test('a Pod on the host network has the ports of the host, a template waits', () => {
  const spec = { hostNetwork: true, containers: [{ name: 'c', image: 'b', ports: [{ containerPort: 80 }] }] };
  assert.equal(pod(spec).spec.containers[0]?.ports?.[0]?.hostPort, 80);
  const template = { ...selected.template, spec };
  const deployment = created<Deployment>('apps', 'Deployment', { spec: { ...selected, template } });
  assert.equal(deployment.spec.template.spec?.containers[0]?.ports?.[0]?.hostPort, undefined);
});

test('the class of a Pod follows from what it asks for', () => {
  const of = (resources: object) => pod({ containers: [{ name: 'c', image: 'b', resources }] }).status?.qosClass;
  assert.equal(of({ requests: { cpu: '1' } }), 'Burstable');
  assert.equal(of({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed');
  assert.equal(of({ limits: { cpu: '1000m', memory: '1Gi' }, requests: { cpu: '1', memory: '1024Mi' } }), 'Guaranteed');
});

test('what a user says of the status of a new Pod is not heard', () => {
  const made = created<Pod>('', 'Pod', { spec: pod().spec, status: { phase: 'Running', podIP: '1.2.3.4' } });
  assert.deepEqual(made.status, { phase: 'Pending', qosClass: 'BestEffort' });
});

test('a Pod held by gates says so', () => {
  const conditions = pod({ schedulingGates: [{ name: 'a.b/c' }] }).status?.conditions;
  assert.equal(conditions?.[0]?.reason, 'SchedulingGated');
});

test('a Pod has grace to end only while it runs somewhere', () => {
  const grace = (spec: object, phase: string) => {
    const made = pod(spec);
    made.status = { phase };
    return strategy('', 'Pod').gracePeriod?.(made);
  };
  assert.equal(grace({}, 'Pending'), 0);
  assert.equal(grace({ nodeName: 'n' }, 'Running'), 30);
  assert.equal(grace({ nodeName: 'n', terminationGracePeriodSeconds: 5 }, 'Running'), 5);
  assert.equal(grace({ nodeName: 'n', terminationGracePeriodSeconds: -1 }, 'Running'), 1);
  assert.equal(grace({ nodeName: 'n' }, 'Succeeded'), 0);
});

test('filling a filled Pod changes nothing', () => {
  const once = pod({ volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] });
  const twice = structuredClone(once);
  strategy('', 'Pod').setDefaults(twice);
  assert.deepEqual(twice, once);
});
