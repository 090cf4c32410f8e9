/** A container: what it is made from, what it may do, and what is seen of it. */
import type { PodIdentity, Seccomp } from './sandbox.ts';

/** What a container may use, in the kernel's units; unset: no limit. */
export interface Resources {
  /** Cores it may use at most. */
  readonly cpuLimit?: number;
  /** Cores it asked for; its share when cores are scarce. */
  readonly cpuRequest?: number;
  /** Bytes. */
  readonly memoryLimit?: number;
  /** API: -997 (Guaranteed) to 1000 (BestEffort); who goes first when memory is short. */
  readonly oomScore?: number;
}

/** One directory or file of the node shown to a container. */
export interface Mount {
  readonly volume: string;
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  /** Also what is mounted below it is read-only. */
  readonly recursiveReadOnly?: boolean;
  /** API: mountPropagation; None unless set. */
  readonly propagation?: 'None' | 'HostToContainer' | 'Bidirectional';
}

/** Who the processes of a container are. Unset: as the image says. */
export interface ContainerUser {
  readonly uid?: number;
  /** Only the image's own /etc/passwd knows the number. */
  readonly name?: string;
  readonly gid?: number;
  readonly groups?: readonly number[];
}

/** What a container may do, as the Pod and container securityContext say together. */
export interface ContainerSecurity {
  readonly privileged: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly readOnlyRoot: boolean;
  /** API: allowPrivilegeEscalation false. */
  readonly noNewPrivileges: boolean;
  readonly seccomp: Seccomp;
  /** API: procMount Unmasked. */
  readonly unmaskedProc: boolean;
  /** Id of the container whose processes it sees; for ephemeral containers. */
  readonly processesOf?: string;
}

/** Where a container says why it ended. API: terminationMessagePath and terminationMessagePolicy. */
export interface TerminationMessage {
  /** Within the container. */
  readonly path: string;
  /** Take the end of the log when the file is empty and the container failed. */
  readonly logOnError: boolean;
}

/** A container to make. `id` is chosen by the caller and already on disk, so that no attempt is ever made twice. */
export interface ContainerConfig {
  readonly pod: PodIdentity;
  /** Unique over all containers there ever were; 64 hex characters. */
  readonly id: string;
  readonly name: string;
  /** 0 for the first one of this name. */
  readonly attempt: number;
  /** Reference as the user wrote it; may be empty for the process runtime. */
  readonly image: string;
  /** Id of the image it is made from, when the runtime has images. */
  readonly imageId: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly user?: ContainerUser;
  readonly mounts: readonly Mount[];
  readonly resources: Resources;
  readonly security: ContainerSecurity;
  readonly termination: TerminationMessage;
  /** Its input stays open for `attach`. `stdinOnce`: closed when the first one who attached leaves. */
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  /** Name of the signal that asks it to stop; what the image says, else SIGTERM. */
  readonly stopSignal?: string;
}

/** A container that exists. Times are Unix milliseconds. */
export interface ContainerObservation {
  /** The id the caller chose. */
  readonly id: string;
  /** As users see it: `containerd://` and the runtime's own id. */
  readonly shownId: string;
  readonly pod: PodIdentity;
  readonly name: string;
  readonly attempt: number;
  /** The image's name as the runtime knows it. */
  readonly image: string;
  /** `repository@sha256:…` where there is one. */
  readonly imageId: string;
  /** `created`: made but not started (somebody died in between); `startContainer` with its id goes on. */
  readonly state: 'created' | 'running' | 'exited';
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** 128 plus the signal's number when a signal ended it. */
  readonly exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, or `Unknown` when the machine or the supervisor died with it. */
  readonly reason?: string;
  /** The termination message, at most 4096 bytes. */
  readonly message?: string;
  /** What it may use now, after resizes, where the runtime tells. */
  readonly resources?: Resources;
  /** Who its first process was started as, where the runtime tells. */
  readonly user?: ContainerUser;
}

/** What a container uses now: `cpu` is seconds since its start, `memory` bytes of working set. */
export interface ContainerUsage {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly name: string;
  readonly cpu: number;
  readonly memory: number;
  /** Bytes of its writable layer, where the runtime tells. */
  readonly disk?: number;
}
