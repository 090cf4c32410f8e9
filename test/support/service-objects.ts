/** Services and EndpointSlices as a node holds them, for tests of what it makes of them. */
import type { Endpoint, EndpointSlice } from '../../hub/api/endpoint-slice.ts';
import type { Service, ServiceSpec } from '../../hub/api/service.ts';

/** A Service `default/<name>` at 10.152.0.9 with the port http, 80. */
export const serviceObject = (name: string, spec: Partial<ServiceSpec> = {}, more: Partial<Service> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name },
  spec: { type: 'ClusterIP', clusterIP: '10.152.0.9', ports: [{ name: 'http', port: 80 }], ...spec },
  ...more,
});

/** A slice of it: every endpoint has port 8080 for http and 8053 for dns (UDP). */
export const sliceObject = (
  service: string,
  endpoints: readonly Endpoint[],
  more: Partial<EndpointSlice> = {},
): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'default', name: `${service}-x`, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  ports: [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: 'dns', port: 8053, protocol: 'UDP' },
  ],
  endpoints: [...endpoints],
  ...more,
});

/** An endpoint that is ready on a node. */
export const endpointOn = (nodeName: string, ip: string, more: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [ip],
  conditions: { ready: true, serving: true, terminating: false },
  nodeName,
  ...more,
});
