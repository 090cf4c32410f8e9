/** What the runtime is told of a Pod's sandbox. Pure. */
import type { Pod } from '../../../hub/api/pod.ts';
import type { DnsConfig, PortMapping, SandboxConfig } from '../../runtime/sandbox.ts';
import { podResources } from '../admission/pod-resources.ts';
import { seccompOf } from './security.ts';

/** How names are resolved on this node. */
export interface NodeDns {
  /** Addresses of the cluster's DNS; empty while there is none. */
  readonly servers: readonly string[];
  /** The cluster's domain, as `cluster.local`. */
  readonly domain: string;
  /** The node's own resolv.conf. */
  readonly host: DnsConfig;
}

/** The sandbox's configuration; `handler` is the RuntimeClass's. Throws RuntimeError when a seccomp profile is none. */
export function sandboxConfig(pod: Pod, dns: NodeDns, handler: string): SandboxConfig {
  const { uid = '', namespace = '', name = '', labels = {}, annotations = {} } = pod.metadata;
  const { spec } = pod;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const hostNetwork = spec.hostNetwork === true;
  return {
    uid,
    namespace,
    name,
    labels,
    annotations,
    hostname: sandboxHostname(pod, dns.domain),
    dns: podDns(pod, dns),
    ports: hostNetwork ? [] : portMappings(pod),
    host: { network: hostNetwork, pid: spec.hostPID === true, ipc: spec.hostIPC === true },
    sharedProcesses: spec.shareProcessNamespace === true,
    sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map((each) => [each.name, each.value])),
    privileged: containers.some((container) => container.securityContext?.privileged === true),
    supplementalGroups: [
      ...(spec.securityContext?.supplementalGroups ?? []),
      ...(spec.securityContext?.fsGroup === undefined ? [] : [spec.securityContext.fsGroup]),
    ],
    seccomp: seccompOf(spec.securityContext?.seccompProfile),
    resources: podResources(pod),
    handler,
  };
}

/** API: hostname, else the Pod's name cut to what a host may be called. */
export function podHostname(pod: Pod): string {
  const given = pod.spec.hostnameOverride ?? pod.spec.hostname;
  if (given !== undefined && given !== '') return given;
  return (pod.metadata.name ?? '').slice(0, 63).replace(/[.-]+$/, '');
}

/** API: `<hostname>.<subdomain>.<namespace>.svc.<domain>`; undefined without a subdomain. */
export function podDomainName(pod: Pod, domain: string): string | undefined {
  const { subdomain } = pod.spec;
  if (subdomain === undefined || subdomain === '' || pod.spec.hostnameOverride !== undefined) return undefined;
  return `${podHostname(pod)}.${subdomain}.${pod.metadata.namespace ?? ''}.svc.${domain}`;
}

function sandboxHostname(pod: Pod, domain: string): string {
  const full = pod.spec.setHostnameAsFQDN === true ? podDomainName(pod, domain) : undefined;
  return full ?? podHostname(pod);
}

function portMappings(pod: Pod): PortMapping[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP = '' }) =>
      hostPort ? [{ hostPort, containerPort, hostIp: hostIP, protocol: protocol as PortMapping['protocol'] }] : [],
    ),
  );
}

/** API: dnsPolicy, then dnsConfig on top of it. */
function podDns(pod: Pod, dns: NodeDns): DnsConfig {
  const base = policyDns(pod, dns);
  const { nameservers = [], searches = [], options = [] } = pod.spec.dnsConfig ?? {};
  const given = options.map(({ name = '', value }) =>
    value === undefined || value === '' ? name : `${name}:${value}`,
  );
  const names = new Set(given.map(optionName));
  return {
    servers: unique([...base.servers, ...nameservers]).slice(0, 3),
    searches: unique([...base.searches, ...searches]).slice(0, 32),
    options: [...base.options.filter((option) => !names.has(optionName(option))), ...given],
  };
}

function policyDns(pod: Pod, { servers, domain, host }: NodeDns): DnsConfig {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const clusterFirst =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && pod.spec.hostNetwork !== true);
  if (!clusterFirst || servers.length === 0) return host;
  const own = [`${pod.metadata.namespace ?? ''}.svc.${domain}`, `svc.${domain}`, domain];
  return { servers, searches: unique([...own, ...host.searches]), options: ['ndots:5'] };
}

const optionName = (option: string): string => option.split(':')[0] ?? '';
const unique = (list: readonly string[]): string[] => [...new Set(list)];
