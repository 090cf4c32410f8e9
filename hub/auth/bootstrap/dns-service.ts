/** The `kube-dns` Service in `kube-system`: the address Pods ask for names. Each node answers at it itself. */
import { isIP } from 'node:net';
import type { KubeObject } from '../../api/object.ts';
import { nodeLocalAnnotation } from '../../api/service.ts';
import { addressAt } from './hub-service.ts';

/** Where the cluster's DNS is unless an administrator chose: the tenth address, as people expect it. */
export const defaultDnsAddress = (serviceCidr: string): string => addressAt(serviceCidr, 10);

/** The Service; it has no selector and no endpoints. */
export function dnsService(address: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true' },
      annotations: { [nodeLocalAnnotation]: 'true' },
    },
    spec: {
      clusterIP: address,
      clusterIPs: [address],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: [isIP(address) === 4 ? 'IPv4' : 'IPv6'],
      ipFamilyPolicy: 'SingleStack',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
      ],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  };
}
