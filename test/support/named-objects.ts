/** Services and EndpointSlices for tests of DNS. */
import type { Endpoint, EndpointSlice } from '../../hub/api/endpoint-slice.ts';
import type { Service, ServicePort, ServiceSpec } from '../../hub/api/service.ts';

/** `<namespace>/<name>`. */
type Key = string;

const parts = (key: Key): { namespace: string; name: string } => {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
};

/** A Service with port 80 called http, unless said. */
export function namedService(key: Key, spec: Partial<ServiceSpec>): Service {
  const ports: ServicePort[] = [{ name: 'http', port: 80, protocol: 'TCP' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: parts(key), spec: { ports, ...spec } };
}

/** A slice of the Service `key`; endpoints may be addresses alone. */
export function slice(
  key: Key,
  endpoints: readonly (string | Endpoint)[],
  more: { suffix?: string; ports?: EndpointSlice['ports'] } = {},
): EndpointSlice {
  const { namespace, name } = parts(key);
  const metadata = { namespace, name: `${name}-${more.suffix ?? 'a'}`, labels: { 'kubernetes.io/service-name': name } };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: endpoints.map((each) => (typeof each === 'string' ? { addresses: [each] } : each)),
    ports: more.ports ?? [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}
