/** Environments and the downward API. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerEnvironment, expand, type ReferencedObjects } from '../../../agent/pods/container/environment.ts';
import { type FieldContext, podField, resourceField } from '../../../agent/pods/container/fields.ts';
import type { EnvVar } from '../../../hub/api/container.ts';
import type { Service } from '../../../hub/api/service.ts';
import { shellPod, shellContainer } from '../../support/shell-pod.ts';

const fields: FieldContext = {
  nodeName: 'node1',
  hostAddresses: ['10.0.0.1'],
  podAddresses: ['10.32.0.4', 'fd00::4'],
  allocatable: { cpu: 4, memory: 2 ** 31, storage: 2 ** 33 },
};
const metadata = { namespace: 'default', name: 'x' };
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'my-db' },
  spec: { clusterIP: '10.152.0.9', ports: [{ name: 'sql', port: 5432 }] },
} as Service;
const objects: ReferencedObjects = {
  configMap: (name) =>
    name === 'x' ? { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1', b: '2' } } : undefined,
  secret: (name) => (name === 'x' ? { apiVersion: 'v1', kind: 'Secret', metadata, data: { p: 'cHc=' } } : undefined),
  services: () => [service],
};

function environment(env: EnvVar[], change: object = {}): Record<string, string> {
  const container = shellContainer('x', { env, ...change });
  return containerEnvironment({
    pod: shellPod({ spec: { containers: [container] } }),
    container,
    objects,
    fields,
    base: { BASE: 'b' },
  });
}

describe('an environment', () => {
  it('expands what is known and leaves the rest', () => {
    assert.equal(expand('$(A)$$(A)$(B)$A$', { A: '1' }), '1$(A)$(B)$A$');
    assert.equal(expand('$(constructor)', {}), '$(constructor)');
  });

  it('takes whole objects with a prefix, then single keys over them', () => {
    const envFrom = [
      { prefix: 'P_', configMapRef: { name: 'x' } },
      { secretRef: { name: 'x' } },
      { configMapRef: { name: 'none', optional: true } },
    ];
    const found = environment([{ name: 'P_a', value: '$(P_b)$(p)' }], { envFrom });
    assert.deepEqual([found['P_a'], found['P_b'], found['p'], found['BASE']], ['2pw', '2', 'pw', 'b']);
  });

  it('tells which reference leads nowhere', () => {
    const of = (valueFrom: EnvVar['valueFrom']) => () => environment([{ name: 'V', ...(valueFrom && { valueFrom }) }]);
    assert.throws(of({ configMapKeyRef: { name: 'none', key: 'a' } }), /^Error: configmap "none" not found$/);
    assert.throws(of({ secretKeyRef: { name: 'x', key: 'q' } }), /couldn't find key q in Secret default\/x/);
    assert.throws(of({ fieldRef: { fieldPath: 'spec.nope' } }), /unsupported fieldPath: spec.nope/);
    assert.equal('V' in of({ secretKeyRef: { name: 'x', key: 'q', optional: true } })(), false);
  });

  it('names the Services of the namespace unless told not to', () => {
    const found = environment([]);
    assert.equal(found['MY_DB_SERVICE_HOST'], '10.152.0.9');
    assert.equal(found['MY_DB_PORT_5432_TCP'], 'tcp://10.152.0.9:5432');
    assert.equal(found['MY_DB_SERVICE_PORT_SQL'], '5432');
    const container = shellContainer('x');
    const pod = shellPod({ spec: { containers: [container], enableServiceLinks: false } });
    assert.deepEqual(containerEnvironment({ pod, container, objects, fields, base: {} }), {});
  });
});

describe('the downward API', () => {
  it('knows the fields of the Pod and refuses others', () => {
    const pod = shellPod({ metadata: { labels: { b: '2', a: 'x"y' }, annotations: { 'example.org/n': 'v' } } });
    assert.equal(podField(pod, 'metadata.labels', fields), 'a="x\\"y"\nb="2"');
    assert.equal(podField(pod, "metadata.annotations['example.org/n']", fields), 'v');
    assert.equal(podField(pod, 'status.podIPs', fields), '10.32.0.4,fd00::4');
    assert.equal(podField(pod, 'spec.secret', fields), undefined);
  });

  it('rounds resources up to the divisor and falls back to the node', () => {
    const container = shellContainer('x', { resources: { limits: { memory: '100M' }, requests: { cpu: '250m' } } });
    assert.equal(resourceField(container, { resource: 'limits.memory', divisor: '1Mi' }, fields), '96');
    assert.equal(resourceField(container, { resource: 'requests.cpu', divisor: '1m' }, fields), '250');
    assert.equal(resourceField(container, { resource: 'requests.cpu' }, fields), '1');
    assert.equal(resourceField(container, { resource: 'limits.cpu' }, fields), '4');
    assert.equal(resourceField(container, { resource: 'limits.nonsense' }, fields), undefined);
  });
});
