/** The messages of cri.proto and containerd.proto as this program sees them. What a runtime answers has every field, a message that is unset is null. */

/** What selects sandboxes or containers: all of these labels. */
export type LabelSelector = Readonly<Record<string, string>>;

/** Whose namespace is used: of the Pod, of the container alone, of the node, of the container in `targetId`. */
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';

/** Which namespaces a sandbox or container lives in. */
export interface NamespaceOption {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId?: string;
}

/** A number that may be missing, as CRI wraps it. */
export interface Value {
  readonly value: number;
}

/** A seccomp profile; `localhostRef` is its file on the node. */
export interface SecurityProfile {
  readonly profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}

/** Whose sandbox it is; `attempt` counts the sandboxes of one Pod. */
export interface SandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

/** What a sandbox is made from; a container's creation repeats a part of it. */
export interface PodSandboxConfig {
  readonly metadata: SandboxMetadata;
  readonly hostname?: string;
  readonly logDirectory: string;
  readonly dnsConfig?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings?: readonly {
    readonly protocol: string;
    readonly containerPort: number;
    readonly hostPort: number;
    readonly hostIp: string;
  }[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux: {
    readonly cgroupParent: string;
    readonly securityContext?: {
      readonly namespaceOptions: NamespaceOption;
      readonly supplementalGroups: readonly number[];
      readonly privileged: boolean;
      readonly seccomp: SecurityProfile;
    };
    readonly sysctls?: Readonly<Record<string, string>>;
  };
}

/** NOTREADY also while a sandbox is being made, and after it was stopped. */
export type SandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';

/** Times are Unix nanoseconds. */
export interface PodSandboxStatus {
  readonly id: string;
  readonly metadata: SandboxMetadata | null;
  readonly state: SandboxState;
  readonly createdAt: number;
  readonly network: { readonly ip: string; readonly additionalIps: readonly { readonly ip: string }[] } | null;
  readonly linux: { readonly namespaces: { readonly options: NamespaceOption | null } | null } | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** Limits of a cgroup: microseconds, shares as of cgroup v1, bytes; 0 is none. */
export interface LinuxResources {
  readonly cpuPeriod: number;
  readonly cpuQuota: number;
  readonly cpuShares: number;
  readonly memoryLimitInBytes: number;
  readonly oomScoreAdj: number;
}

/** A directory or file of the node inside a container. */
export interface MountSpec {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL';
  readonly recursiveReadOnly: boolean;
}

/** What a container's processes may do, and as whom they run. */
export interface ContainerSecurityContext {
  readonly capabilities: { readonly addCapabilities: readonly string[]; readonly dropCapabilities: readonly string[] };
  readonly privileged: boolean;
  readonly namespaceOptions: NamespaceOption;
  readonly runAsUser?: Value;
  readonly runAsGroup?: Value;
  readonly runAsUsername?: string;
  readonly readonlyRootfs: boolean;
  readonly supplementalGroups: readonly number[];
  readonly noNewPrivs: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SecurityProfile;
}

/** What a container is made from. */
export interface ContainerSpec {
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly image: { readonly image: string; readonly userSpecifiedImage: string };
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly MountSpec[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Below the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly linux: { readonly resources: LinuxResources; readonly securityContext: ContainerSecurityContext };
  readonly stopSignal?: string;
}

/** UNKNOWN: the runtime lost its shim. */
export type ContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN';

/** Times are Unix nanoseconds, 0 where there is none. */
export interface ContainerStatus {
  readonly id: string;
  readonly metadata: { readonly name: string; readonly attempt: number } | null;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly image: { readonly image: string; readonly userSpecifiedImage: string } | null;
  readonly imageRef: string;
  readonly reason: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly resources: { readonly linux: LinuxResources | null } | null;
  readonly user: {
    readonly linux: {
      readonly uid: number;
      readonly gid: number;
      readonly supplementalGroups: readonly number[];
    } | null;
  } | null;
  /** RUNTIME_DEFAULT where the runtime does not tell. */
  readonly stopSignal: string;
}

/** An image the node has; `size` in bytes, `uid` or `username` is whom it wants to run as. */
export interface ImageMessage {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly size: number;
  readonly uid: Value | null;
  readonly username: string;
  readonly pinned: boolean;
}

/** What is used of one file system. */
export interface FilesystemUsage {
  readonly fsId: { readonly mountpoint: string } | null;
  readonly usedBytes: Value | null;
  readonly inodesUsed: Value | null;
}

/** What one container uses now; its CPU time only grows. */
export interface ContainerStats {
  readonly attributes: { readonly id: string } | null;
  readonly cpu: { readonly usageCoreNanoSeconds: Value | null } | null;
  readonly memory: { readonly workingSetBytes: Value | null } | null;
  readonly writableLayer: FilesystemUsage | null;
}

/** What a registry is told; `auth` is base64 of name and password. */
export interface AuthConfig {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

/** RuntimeReady or NetworkReady, as the runtime sees itself. */
export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

type Nothing = Readonly<Record<string, never>>;
type SandboxId = { readonly podSandboxId: string };
type ContainerId = { readonly containerId: string };
type Filter = { readonly filter: { readonly labelSelector: LabelSelector } };
type Url = { readonly url: string };
type Image = { readonly image: { readonly image: string } };

/** Every call: what is sent, what comes back. */
export interface Calls {
  Version: [{ readonly version: string }, { readonly runtimeName: string; readonly runtimeVersion: string }];
  Status: [
    { readonly verbose: boolean },
    {
      readonly status: { readonly conditions: readonly RuntimeCondition[] } | null;
      readonly info: Readonly<Record<string, string>>;
    },
  ];
  RuntimeConfig: [Nothing, { readonly linux: { readonly cgroupDriver: 'SYSTEMD' | 'CGROUPFS' } | null }];
  RunPodSandbox: [{ readonly config: PodSandboxConfig; readonly runtimeHandler: string }, SandboxId];
  StopPodSandbox: [SandboxId, Nothing];
  RemovePodSandbox: [SandboxId, Nothing];
  PodSandboxStatus: [SandboxId, { readonly status: PodSandboxStatus | null }];
  ListPodSandbox: [
    Filter,
    {
      readonly items: readonly {
        readonly id: string;
        readonly metadata: SandboxMetadata | null;
        readonly state: SandboxState;
      }[];
    },
  ];
  CreateContainer: [
    { readonly podSandboxId: string; readonly config: ContainerSpec; readonly sandboxConfig: PodSandboxConfig },
    ContainerId,
  ];
  StartContainer: [ContainerId, Nothing];
  StopContainer: [ContainerId & { readonly timeout: number }, Nothing];
  RemoveContainer: [ContainerId, Nothing];
  ListContainers: [
    Filter,
    {
      readonly containers: readonly {
        readonly id: string;
        readonly podSandboxId: string;
        readonly state: ContainerState;
        readonly labels: Readonly<Record<string, string>>;
      }[];
    },
  ];
  ContainerStatus: [ContainerId, { readonly status: ContainerStatus | null }];
  UpdateContainerResources: [ContainerId & { readonly linux: LinuxResources }, Nothing];
  ReopenContainerLog: [ContainerId, Nothing];
  ExecSync: [
    ContainerId & { readonly cmd: readonly string[]; readonly timeout: number },
    { readonly stdout: Buffer; readonly stderr: Buffer; readonly exitCode: number },
  ];
  Exec: [
    ContainerId & {
      readonly cmd: readonly string[];
      readonly tty: boolean;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
    },
    Url,
  ];
  Attach: [
    ContainerId & {
      readonly tty: boolean;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
    },
    Url,
  ];
  PortForward: [SandboxId & { readonly port: readonly number[] }, Url];
  ListContainerStats: [Filter, { readonly stats: readonly ContainerStats[] }];
  ListImages: [Nothing, { readonly images: readonly ImageMessage[] }];
  ImageStatus: [
    Image & { readonly verbose: boolean },
    { readonly image: ImageMessage | null; readonly info: Readonly<Record<string, string>> },
  ];
  PullImage: [Image & { readonly auth?: AuthConfig }, { readonly imageRef: string }];
  RemoveImage: [Image, Nothing];
  ImageFsInfo: [Nothing, { readonly imageFilesystems: readonly FilesystemUsage[] }];
  /** containerd's own. */
  View: [
    {
      readonly snapshotter: string;
      readonly key: string;
      readonly parent: string;
      readonly labels: Readonly<Record<string, string>>;
    },
    { readonly mounts: readonly SnapshotMount[] },
  ];
  Mounts: [SnapshotKey, { readonly mounts: readonly SnapshotMount[] }];
  Remove: [SnapshotKey, Nothing];
  Kill: [ContainerId & { readonly signal: number }, Nothing];
}

type SnapshotKey = { readonly snapshotter: string; readonly key: string };

/** A mount(2) in words. */
export interface SnapshotMount {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Every stream: what is sent, what comes again and again. */
export interface Streams {
  GetContainerEvents: [Nothing, { readonly containerId: string; readonly containerEventType: string }];
  Subscribe: [
    { readonly filters: readonly string[] },
    {
      readonly namespace: string;
      readonly topic: string;
      readonly event: { readonly value: { readonly id: string; readonly exec: string } | null } | null;
    },
  ];
}
