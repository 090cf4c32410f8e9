/** What is wrong with Services, claims, volumes, limits and Nodes, in the words Kubernetes uses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeFaults, created, faults, strategy } from './made.ts';

const service = (spec: object, metadata: object = {}) => ({ metadata, spec: { ports: [{ port: 80 }], ...spec } });

test('a Service says what does not fit its type', () => {
  const ranges = 'service.beta.kubernetes.io/load-balancer-source-ranges';
  const cases: readonly (readonly [Record<string, unknown>, readonly string[]])[] = [
    [service({}), []],
    [service({ externalIPs: ['1.2.3.4'], externalTrafficPolicy: 'Local' }), []],
    [
      service({ externalTrafficPolicy: 'Local' }),
      ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    ],
    [
      service({ type: 'ExternalName', ports: [], ipFamilies: ['IPv4'] }),
      ['spec.ipFamilies: Forbidden: may not be set for ExternalName services', 'spec.externalName: Required value'],
    ],
    [
      service({ type: 'LoadBalancer', ports: [{ port: 10250 }] }),
      ['spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet'],
    ],
    [
      service({
        type: 'NodePort',
        ports: [
          { name: 'a', port: 1, nodePort: 30000 },
          { name: 'b', port: 2, nodePort: 30000 },
        ],
      }),
      ['spec.ports[1].nodePort: Duplicate value: 30000'],
    ],
    [
      service({ type: 'LoadBalancer' }, { annotations: { [ranges]: '10.0.0.0/8, x' } }),
      [
        `metadata.annotations[${ranges}]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
      ],
    ],
  ];
  for (const [object, expected] of cases) assert.deepEqual(faults('', 'Service', object), expected);
});

test('a Service that is reached by external addresses has a policy for them', () => {
  const { spec } = created<{ spec: { externalTrafficPolicy?: string } }>(
    '',
    'Service',
    service({ externalIPs: ['1.2.3.4'] }),
  );
  assert.equal(spec.externalTrafficPolicy, 'Cluster');
});

const claim = (spec: object = {}) => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});

test('a claim names one source when it is in another namespace', () => {
  const sources = {
    dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
    dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a', namespace: 'other' },
  };
  assert.deepEqual(faults('', 'PersistentVolumeClaim', claim(sources)), [
    'spec: Invalid value: {}: may not be specified when dataSourceRef.namespace is specified',
  ]);
});

test('a bound claim grows, and shrinks only down to what it has not got yet', () => {
  const kind = strategy('', 'PersistentVolumeClaim');
  const old = created('', 'PersistentVolumeClaim', claim({ resources: { requests: { storage: '5Gi' } } }));
  old.status = { phase: 'Bound', capacity: { storage: '2Gi' } };
  const fields = (storage: string): string[] => {
    const after = structuredClone(old);
    (after as unknown as ReturnType<typeof claim>).spec.resources = { requests: { storage } };
    return kind.validateUpdate(after, old).map((error) => `${error.field}: ${error.message}`);
  };
  assert.deepEqual(fields('6Gi'), []);
  assert.deepEqual(fields('3Gi'), []);
  assert.deepEqual(fields('2Gi'), [
    'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  ]);
});

test('where the data of a volume lies never changes, and the difference is told', () => {
  const volume = (path: string) => ({
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path } },
  });
  const [fault = ''] = changeFaults('', 'PersistentVolume', volume('/x'), volume('/y'));
  assert.match(
    fault,
    /^spec\.persistentvolumesource: Forbidden: spec\.persistentvolumesource is immutable after creation\n/,
  );
  assert.match(
    fault,
    /core\.PersistentVolumeSource\{\n-\u00a0\tHostPath: \{"path":"\/x".*\n\+\u00a0\tHostPath: \{"path":"\/y"/,
  );
});

test('limits that contradict each other name the bound', () => {
  const limits = (item: object) => ({ spec: { limits: [{ type: 'Container', ...item }] } });
  assert.deepEqual(
    faults('', 'LimitRange', limits({ max: { cpu: '1' }, default: { cpu: '2' }, defaultRequest: { cpu: '1' } })),
    ['spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1'],
  );
  assert.deepEqual(
    faults('', 'LimitRange', limits({ min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } })),
    ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
  );
});

test('a Node has taints with an effect and addresses once', () => {
  assert.deepEqual(faults('', 'Node', { spec: { taints: [{ key: 'a' }] } }), [
    'metadata.taints[0].effect: Required value',
  ]);
  const kind = strategy('', 'Node');
  const node = created('', 'Node', {});
  const address = { type: 'InternalIP', address: '10.0.0.1' };
  const after = { ...structuredClone(node), status: { addresses: [address, address] } };
  assert.deepEqual(
    kind.validateUpdate(after, node).map((error) => error.field),
    ['status.addresses[1]'],
  );
});

test('an Ingress that is made names one class, in its field or as before', () => {
  const named = (annotation: string) => ({
    metadata: { annotations: { 'kubernetes.io/ingress.class': annotation } },
    spec: { ingressClassName: 'web', defaultBackend: { service: { name: 'b', port: { number: 80 } } } },
  });
  assert.deepEqual(faults('networking.k8s.io', 'Ingress', named('web')), []);
  assert.deepEqual(faults('networking.k8s.io', 'Ingress', named('other')), [
    'annotations.kubernetes.io/ingress.class: Invalid value: "other": must match `ingressClassName` when both are specified',
  ]);
  assert.deepEqual(changeFaults('networking.k8s.io', 'Ingress', named('other'), named('third')), []);
});
