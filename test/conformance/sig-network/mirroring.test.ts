/** Hand-made Endpoints of a Service without a selector show as EndpointSlices. */
import assert from 'node:assert/strict';
import { core } from '../objects.ts';
import { type ApiObject, conformance, until } from '../suite.ts';

conformance('[sig-network] endpointslicemirroring.go: mirror custom Endpoints', async (cluster) => {
  const { items, namespace, ok } = cluster;
  const path = core(cluster, 'endpoints', 'custom');
  await ok('POST', core(cluster, 'services'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'custom' },
    spec: { ports: [{ name: 'example', port: 80, protocol: 'TCP' }] },
  });
  const slices = (): Promise<ApiObject[]> =>
    items(
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3Dcustom`,
    );
  const holds = (address: string, port: number): Promise<void> =>
    until(async () => {
      const [slice, ...more] = await slices();
      const [endpoint, ...others] = slice?.['endpoints'] ?? [];
      return (
        more.length === 0 &&
        others.length === 0 &&
        endpoint?.addresses[0] === address &&
        slice?.['ports'][0].port === port
      );
    });
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'custom' },
    subsets: [{ ports: [{ name: 'example', port: 80 }], addresses: [{ ip: '10.1.2.3' }] }],
  };
  const made = await ok('POST', core(cluster, 'endpoints'), endpoints);
  await holds('10.1.2.3', 80);
  const [slice] = await slices();
  assert.equal(
    slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
    'endpointslicemirroring-controller.k8s.io',
  );
  made['subsets'] = [{ ports: [{ name: 'example', port: 81 }], addresses: [{ ip: '10.2.3.4' }] }];
  await ok('PUT', path, made);
  await holds('10.2.3.4', 81);
  await ok('DELETE', path);
  await until(async () => (await slices()).length === 0);
});
