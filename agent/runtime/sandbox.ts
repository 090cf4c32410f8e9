/** The sandbox of a Pod: what its containers share. */

/** Which Pod a sandbox or container belongs to. */
export interface PodIdentity {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a resolver in the Pod is told. */
export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  /** As in resolv.conf: `ndots:5`. */
  readonly options: readonly string[];
}

/** A port of the node that leads into the Pod. */
export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

/** API: Pod quality of service; decides where the Pod's control group lies. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** What all containers of a Pod may use together, in the kernel's units; unset: no limit. */
export interface PodResources {
  readonly qos: QosClass;
  /** Weight as cgroup v1 counts it: 1024 a core. */
  readonly cpuShares: number;
  /** Cores. */
  readonly cpuLimit?: number;
  /** Bytes. */
  readonly memoryLimit?: number;
}

/** How system calls are filtered: `localhost` is an absolute path of a profile on the node. */
export type Seccomp =
  | { readonly type: 'Unconfined' | 'RuntimeDefault' }
  | { readonly type: 'Localhost'; readonly localhost: string };

/** What a sandbox needs to know. */
export interface SandboxConfig extends PodIdentity {
  /** At most 63 characters. */
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Unset: the node's own resolv.conf. */
  readonly dns?: DnsConfig;
  readonly ports: readonly PortMapping[];
  /** Namespaces of the node the Pod lives in instead of its own. */
  readonly host: { readonly network: boolean; readonly pid: boolean; readonly ipc: boolean };
  /** API: shareProcessNamespace. */
  readonly sharedProcesses: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
  /** One of its containers is privileged. */
  readonly privileged: boolean;
  readonly supplementalGroups: readonly number[];
  readonly seccomp: Seccomp;
  readonly resources: PodResources;
  /** API: RuntimeClass handler; '' is the runtime's default. */
  readonly handler: string;
}

/** A sandbox that exists. `ready` is false when the machine or the sandbox's own process was restarted since. */
export interface SandboxObservation extends PodIdentity {
  readonly ready: boolean;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Addresses the Pod is reached at; the node's own for host processes and Pods in the node's network. */
  readonly addresses: readonly string[];
}
