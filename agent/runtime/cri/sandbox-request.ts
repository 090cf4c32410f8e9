/** What the runtime is asked for when a Pod's sandbox is made, and what a container repeats of it. Pure. */
import type { PodIdentity, SandboxConfig, Seccomp } from '../sandbox.ts';
import { sandboxLabels } from './labels.ts';
import type { NamespaceMode, NamespaceOption, PodSandboxConfig, SecurityProfile } from './messages.ts';

/** What is not the Pod's own. */
export interface SandboxPlace {
  readonly agent: string;
  /** 0 for the first sandbox of the Pod. */
  readonly attempt: number;
  readonly logDirectory: string;
  readonly cgroupParent: string;
}

/** API: where a node keeps the logs of a Pod, by name. */
export const podLogDirectory = ({ namespace, name, uid }: PodIdentity): string => `${namespace}_${name}_${uid}`;

/** The namespaces of a Pod's sandbox and containers. */
export function podNamespaces({
  host,
  sharedProcesses,
}: Pick<SandboxConfig, 'host' | 'sharedProcesses'>): NamespaceOption {
  const node = (is: boolean): NamespaceMode => (is ? 'NODE' : 'POD');
  return {
    network: node(host.network),
    pid: host.pid ? 'NODE' : sharedProcesses ? 'POD' : 'CONTAINER',
    ipc: node(host.ipc),
  };
}

/** The profile as CRI names it. */
export function securityProfile(seccomp: Seccomp): SecurityProfile {
  if (seccomp.type === 'Localhost') return { profileType: 'Localhost', localhostRef: seccomp.localhost };
  return { profileType: seccomp.type };
}

/** The sandbox. */
export function sandboxRequest(config: SandboxConfig, place: SandboxPlace): PodSandboxConfig {
  const { uid, namespace, name, seccomp } = config;
  return {
    metadata: { uid, namespace, name, attempt: place.attempt },
    // a Pod in the node's network has the node's name
    ...(config.host.network ? {} : { hostname: config.hostname }),
    logDirectory: place.logDirectory,
    ...(config.dns === undefined ? {} : { dnsConfig: config.dns }),
    portMappings: config.ports,
    labels: { ...config.labels, ...sandboxLabels(place.agent, config, config.resources.qos) },
    annotations: config.annotations,
    linux: {
      cgroupParent: place.cgroupParent,
      sysctls: config.sysctls,
      securityContext: {
        namespaceOptions: podNamespaces(config),
        supplementalGroups: config.supplementalGroups,
        privileged: config.privileged,
        // a profile of the Pod's may forbid what the sandbox's own process needs: it is for the containers
        seccomp: seccomp.type === 'Localhost' ? { profileType: 'RuntimeDefault' } : securityProfile(seccomp),
      },
    },
  };
}

/** What CreateContainer is told again of the sandbox: only what runtimes look at. */
export function sandboxReminder(pod: PodIdentity, place: Omit<SandboxPlace, 'agent'>): PodSandboxConfig {
  const { uid, namespace, name } = pod;
  return {
    metadata: { uid, namespace, name, attempt: place.attempt },
    logDirectory: place.logDirectory,
    linux: { cgroupParent: place.cgroupParent },
  };
}
