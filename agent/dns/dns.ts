/** The cluster's DNS on this node, as the rest of the agent sees it. */
import type { Service } from '../../hub/api/service.ts';
import { nodeLocalAnnotation } from '../../hub/api/service.ts';
import type { Part } from '../../hub/base/lifecycle.ts';

/** The DNS server of the node. Its `start` is called before the first Pod is made. */
export interface NodeDnsServer extends Part {
  /** The address Pods of this node are to ask; undefined while the cluster has none. */
  address(): string | undefined;
  /** Why it does not answer now, as one sentence; undefined when it does. From memory. */
  trouble(): string | undefined;
}

/** The held key of the Service whose address leads to each node's own DNS. */
export const dnsServiceKey = 'services/kube-system/kube-dns';

/** Interface of the node that has the address. At most 15 characters, as the kernel has it. */
export const dnsLinkName = 'cor-dns';

/** The Service's address; undefined when it has none. */
export function dnsAddress(service: Service | undefined): string | undefined {
  const { clusterIP = '' } = service?.spec ?? {};
  return clusterIP === '' || clusterIP === 'None' ? undefined : clusterIP;
}

/** The address, when it is this agent's to answer at: a cluster may have a DNS of its own behind this Service. */
export function nodeLocalAddress(service: Service | undefined): string | undefined {
  return service?.metadata.annotations?.[nodeLocalAnnotation] === 'true' ? dnsAddress(service) : undefined;
}
