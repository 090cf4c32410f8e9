/** The `kubernetes` Service in `default`, and the addresses behind it: how Pods reach the API. */
import { isIP } from 'node:net';
import { serviceNameLabel } from '../../api/endpoint-slice.ts';
import type { KubeObject } from '../../api/object.ts';

/** `serviceCidr` is an IPv4 or IPv6 range; `address` and `port` are where the API listens. */
export interface HubService {
  readonly serviceCidr: string;
  readonly address: string;
  readonly port: number;
}

/** The first address of a range: 10.152.0.0/16 → 10.152.0.1. The `kubernetes` Service has it. */
export const firstAddress = (cidr: string): string => addressAt(cidr, 1);

/** The address of a range with this number, below 16. */
export function addressAt(cidr: string, number: number): string {
  const [base = ''] = cidr.split('/');
  if (isIP(base) === 4) {
    const parts = base.split('.').map(Number);
    return [...parts.slice(0, 3), (parts[3] ?? 0) + number].join('.');
  }
  const last = number.toString(16);
  return base.endsWith('::') ? `${base}${last}` : `${base.slice(0, base.lastIndexOf(':'))}:${last}`;
}

const name = 'kubernetes';
const namespace = 'default';

/** API: Endpoints and EndpointSlices may not hold loopback addresses; a hub bound to one has no endpoints. */
export function isReachable(address: string): boolean {
  return (
    isIP(address) !== 0 && !address.startsWith('127.') && address !== '::1' && address !== '0.0.0.0' && address !== '::'
  );
}

/** The Service. */
export function hubService({ serviceCidr, port }: HubService): KubeObject {
  const clusterIP = firstAddress(serviceCidr);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: [isIP(clusterIP) === 4 ? 'IPv4' : 'IPv6'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  };
}

/** Its Endpoints. */
export function hubEndpoints({ address, port }: HubService): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
}

/** Its EndpointSlice. */
export function hubEndpointSlice({ address, port }: HubService): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { [serviceNameLabel]: name } },
    addressType: isIP(address) === 4 ? 'IPv4' : 'IPv6',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}

/** The range Services get their addresses from, as an object. */
export function serviceRange({ serviceCidr }: HubService): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name },
    spec: { cidrs: [serviceCidr] },
  };
}
