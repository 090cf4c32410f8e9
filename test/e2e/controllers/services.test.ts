/** Hand-made Endpoints and token Secrets on a whole control plane. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../../../hub/api/config.ts';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { endpointSlices, endpoints, secrets, serviceAccounts, services } from '../../../hub/api/resource.ts';
import type { Endpoints } from '../../../hub/api/service.ts';
import { controlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin } from '../../support/objects.ts';

test('slices follow Endpoints that are written by hand, and go with them', async (test) => {
  const plane = await controlPlane(test, { nodes: 0 });
  const metadata = () => ({ name: 'db' });
  const port = { name: 'sql', port: 5432 };
  const about = { apiVersion: 'v1', kind: 'Service', metadata: metadata(), spec: { clusterIP: 'None', ports: [port] } };
  await plane.create(services, about as KubeObject);
  const subsets = [{ addresses: [{ ip: '192.0.2.1' }], ports: [port] }];
  await plane.create(endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata: metadata(), subsets } as KubeObject);
  const slices = () =>
    plane.find(endpointSlices, { 'kubernetes.io/service-name': 'db' }).map((entry) => entry.object<EndpointSlice>());
  const addresses = (): string =>
    slices()
      .flatMap((one) => (one.endpoints ?? []).map((end) => end.addresses[0]))
      .join();
  await eventually('the address is mirrored', () => addresses() === '192.0.2.1');
  assert.equal(slices()[0]?.metadata.ownerReferences?.[0]?.kind, 'Endpoints');
  const grow = (object: Endpoints): void => {
    object.subsets?.[0]?.addresses?.push({ ip: '192.0.2.2' });
  };
  await plane.registry.modify<Endpoints>(endpoints, 'default', 'db', grow, asAdmin);
  await eventually('so is the second', () => addresses() === '192.0.2.1,192.0.2.2' && slices().length === 1);
  await plane.registry.delete(endpoints, 'default', 'db', asAdmin);
  await eventually('the slices are gone', () => slices().length === 0);
});

test('a token Secret is filled for its account and goes with it', async (test) => {
  const plane = await controlPlane(test, { nodes: 0 });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
  const { uid } = await plane.create(serviceAccounts, account);
  const annotations = { 'kubernetes.io/service-account.name': 'robot' };
  const type = 'kubernetes.io/service-account-token';
  const metadata = { name: 'robot-token', annotations };
  await plane.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, type } as KubeObject);
  const secret = () => plane.registry.get(secrets, 'default', 'robot-token')?.object<Secret>();
  const data = await eventually('it is filled', () => secret()?.data);
  assert.equal(Buffer.from(data['token'] ?? '', 'base64').toString(), 'robot robot-token');
  assert.equal(secret()?.metadata.annotations?.['kubernetes.io/service-account.uid'], uid);
  await plane.registry.delete(serviceAccounts, 'default', 'robot', asAdmin);
  await eventually('it is gone', () => secret() === undefined);
});
