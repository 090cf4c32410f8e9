/** What `coracle inspect` gathers of a machine before anything is judged. Bytes, and Unix milliseconds. */
import type { HubSight } from '../../link/hub-probe.ts';

/** A port of the hub. `taken` is by another program, which `by` names where that can be seen. */
export interface PortFact {
  readonly name: string;
  readonly setting: string;
  readonly port: number;
  readonly state: 'ours' | 'free' | 'taken' | 'forbidden';
  readonly by?: string;
}

/** A certificate on the disk. */
export interface CertificateFact {
  readonly name: string;
  readonly file: string;
  /** Why it cannot be read; the rest is undefined then. */
  readonly trouble?: string;
  readonly begin?: number;
  readonly end?: number;
  /** False: another CA signed it than the one beside it. */
  readonly isOfCa?: boolean;
}

/** A daemon of this data directory. */
export interface DaemonFact {
  /** It was started here at least once. */
  readonly isMeant: boolean;
  readonly isRunning: boolean;
  /** Why its settings are refused. */
  readonly settingsTrouble?: string;
  /** The last line of its log that says what went wrong. */
  readonly lastError?: string;
}

/** An address that is written down somewhere and has to be one of this machine. */
export interface AddressFact {
  readonly what: string;
  readonly address: string;
  readonly isHere: boolean;
  readonly todo: string;
}

/** The container runtime. */
export interface RuntimeFact {
  /** Containers are wanted: the settings say so, or a runtime was used before, or has its socket here. */
  readonly isWanted: boolean;
  readonly socket?: string;
  readonly answers: boolean;
  /** Where network plugins were found; undefined: nowhere. */
  readonly cniPlugins?: string;
  /** Programs the network of containers needs and this machine lacks. */
  readonly missing: readonly string[];
}

/** Everything. */
export interface Facts {
  readonly now: number;
  readonly root: string;
  readonly role: 'hub' | 'node' | 'nothing yet';
  readonly hub: DaemonFact;
  readonly agent: DaemonFact;
  readonly ports: readonly PortFact[];
  readonly addresses: readonly string[];
  readonly expected: readonly AddressFact[];
  readonly certificates: readonly CertificateFact[];
  /** The latest time at which something was written here. */
  readonly newest?: { readonly file: string; readonly time: number };
  readonly disk: {
    readonly path: string;
    readonly free: number;
    readonly size: number;
    readonly freeFiles: number;
    readonly files: number;
    readonly trouble?: string;
  };
  readonly memory: { readonly total: number; readonly available: number };
  readonly cgroup: { readonly hasMemory: boolean; readonly version: 0 | 1 | 2 };
  readonly runtime: RuntimeFact;
  readonly joined?: HubSight;
  readonly inotify: { readonly instances: number; readonly watches: number };
  readonly hostname: string;
  readonly hasDefaultRoute: boolean;
  readonly forwarding: boolean;
  readonly rangeClash?: string;
  readonly firewall?: string;
  /** What `coracle status` says of the cluster: problems of a hub that runs. */
  readonly problems: readonly string[];
}
