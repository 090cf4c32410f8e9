/** Manifests as static Pods: identity, defaults, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseStaticPod } from '../../../agent/pods/static/static-pod.ts';

const manifest = (more = ''): string => `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - {name: main, image: 'registry.example/web:1', command: [serve]}
${more}`;

describe('a static Pod', () => {
  it('is called after its node and known by the text of its file', () => {
    const pod = parseStaticPod(manifest(), 'Node1');
    const { uid = '' } = pod.metadata;
    assert.match(uid, /^[0-9a-f]{32}$/);
    assert.deepEqual(
      [pod.metadata.name, pod.metadata.namespace, pod.spec.nodeName, pod.metadata.annotations],
      ['web-node1', 'default', 'Node1', { 'kubernetes.io/config.hash': uid, 'kubernetes.io/config.source': 'file' }],
    );
    assert.equal(parseStaticPod(manifest(), 'Node1').metadata.uid, uid);
    assert.notEqual(parseStaticPod(manifest(), 'Node2').metadata.uid, uid);
    assert.notEqual(parseStaticPod(manifest('# changed'), 'Node1').metadata.uid, uid);
  });

  it('is filled in where the node acts upon it, and stays through every taint', () => {
    const text = manifest(`  hostNetwork: true
  priorityClassName: system-node-critical
  initContainers:
    - name: first
      image: tool
      ports: [{containerPort: 80}]
      resources: {limits: {cpu: 100m}}
      readinessProbe: {httpGet: {port: 80}}
  volumes: [{name: scratch}]
`);
    const { spec } = parseStaticPod(text, 'n');
    const [first] = spec.initContainers ?? [];
    assert.deepEqual(spec.tolerations, [{ operator: 'Exists', effect: 'NoExecute' }]);
    assert.deepEqual(
      [spec.restartPolicy, spec.terminationGracePeriodSeconds, spec.priority],
      ['Always', 30, 2_000_001_000],
    );
    assert.deepEqual(spec.volumes, [{ name: 'scratch', emptyDir: {} }]);
    assert.deepEqual([first?.imagePullPolicy, spec.containers[0]?.imagePullPolicy], ['Always', 'IfNotPresent']);
    assert.deepEqual(first?.ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
    assert.deepEqual(first?.resources?.requests, { cpu: '100m' });
    assert.deepEqual(first?.readinessProbe, {
      httpGet: { port: 80, path: '/', scheme: 'HTTP' },
      ...{ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
    });
  });

  it('is pulled as its tag says', () => {
    const policies = (image: string): string | undefined =>
      parseStaticPod(manifest().replace('registry.example/web:1', image), 'n').spec.containers[0]?.imagePullPolicy;
    for (const image of ['web', 'web:latest', 'host:5000/web', 'host/a/web:latest'])
      assert.equal(policies(image), 'Always', image);
    for (const image of ['web:1', 'host:5000/web:1', `host/web@sha256:${'0'.repeat(64)}`])
      assert.equal(policies(image), 'IfNotPresent', image);
  });

  it('may be written in JSON', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'j' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    assert.equal(parseStaticPod(JSON.stringify(pod), 'n').metadata.name, 'j-n');
  });

  it('is refused in one line that says why', () => {
    const bad: [string, RegExp][] = [
      ['', /^the file is empty$|^Pod is not an object$/],
      ['# nothing', /^the file is empty$|^Pod is not an object$/],
      ['a: [', /^Flow sequence/],
      ['just words', /^Pod is not an object$/],
      [manifest().replace('kind: Pod', 'kind: Deployment'), /^Pod.kind is not one of Pod$/],
      [manifest().replace('name: web', 'name: 5'), /^Pod.metadata.name is not a string$/],
      [manifest().replace('name: web', 'name: Web'), /^the name "default\/Web-n": a lowercase RFC 1123 subdomain/],
      [manifest().replace(/ {4}- .*/, '    []'), /^Pod.spec.containers is empty$/],
      [`${manifest()}---\n${manifest()}`, /^a manifest holds one Pod, not several documents$/],
      [manifest('  serviceAccountName: x\n'), /^static pods may not reference serviceaccounts$/],
      [manifest('  runtimeClassName: x\n'), /^static pods may not reference runtimeclasses$/],
      [manifest('  imagePullSecrets: [{name: x}]\n'), /^static pods may not reference secrets$/],
      [manifest('  volumes: [{name: v, configMap: {name: x}}]\n'), /^static pods may not reference configmaps$/],
      [
        manifest('  volumes: [{name: v, persistentVolumeClaim: {claimName: x}}]\n'),
        /^static pods may not reference persistentvolumeclaims$/,
      ],
      [
        manifest('  volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}]\n'),
        /^static pods may not reference serviceaccounts$/,
      ],
      [
        manifest().replace('command: [serve]', 'envFrom: [{secretRef: {name: x}}]'),
        /^static pods may not reference secrets$/,
      ],
      [
        manifest().replace('command: [serve]', 'env: [{name: A, valueFrom: {configMapKeyRef: {name: x, key: k}}}]'),
        /^static pods may not reference configmaps$/,
      ],
    ];
    for (const [text, words] of bad) assert.throws(() => parseStaticPod(text, 'n'), { message: words }, text);
  });
});
