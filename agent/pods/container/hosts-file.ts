/** The /etc/hosts of a Pod's containers, as a kubelet writes it. Pure. */
import type { HostAlias } from '../../../hub/api/pod.ts';

/** What it is made of. */
export interface HostsInput {
  readonly addresses: readonly string[];
  readonly hostname: string;
  /** Unset without a subdomain. */
  readonly domainName: string | undefined;
  readonly aliases: readonly HostAlias[];
  /** The node's own file, for Pods in the node's network. */
  readonly host: string | undefined;
}

const ownHeader = '# Kubernetes-managed hosts file.\n';
const hostHeader = '# Kubernetes-managed hosts file (host network).\n';
const loopback = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** Its text. */
export function hostsFile({ addresses, hostname, domainName, aliases, host }: HostsInput): string {
  const added = aliasLines(aliases);
  if (host !== undefined) return hostHeader + host + added;
  const names = domainName === undefined ? hostname : `${domainName}\t${hostname}`;
  const own = addresses.map((address) => `${address}\t${names}`);
  return `${ownHeader}${[...loopback, ...own].join('\n')}\n${added}`;
}

function aliasLines(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames = [] }) => `${[ip, ...hostnames].join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
}
