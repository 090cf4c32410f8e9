/** How far a Deployment, StatefulSet or DaemonSet has come. Pure. */

/** What is read of a workload; the three kinds count under different names. */
export interface RolledOut {
  readonly kind?: string;
  readonly metadata: { readonly name?: string; readonly generation?: number };
  readonly spec?: {
    readonly replicas?: number;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** Where it stands: new Pods made, and available, of those wanted; old ones that still run. */
export interface RolloutProgress {
  readonly done: boolean;
  /** Why it will not come to an end by itself. */
  readonly stuck?: string;
  readonly wanted: number;
  readonly updated: number;
  readonly available: number;
  readonly old: number;
}

/** Reads the progress off an object's status. */
export function rolloutProgress(kind: WorkloadKind, { metadata, spec = {}, status = {} }: RolledOut): RolloutProgress {
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const counts = kind === 'daemonsets' ? daemonCounts(status) : replicaCounts(spec, status);
  const late = status.conditions?.find(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
  const done = isSeen && counts.updated >= counts.wanted && counts.available >= counts.wanted && counts.old === 0;
  return {
    ...counts,
    done,
    ...(isSeen && !done && late !== undefined
      ? { stuck: late.message ?? 'it made no progress in the time it has' }
      : {}),
  };
}

/** Resources that roll out, in the order a bare name is looked for. */
const workloadKinds = ['deployments', 'statefulsets', 'daemonsets'] as const;

/** One of them. */
export type WorkloadKind = (typeof workloadKinds)[number];

type Counts = Omit<RolloutProgress, 'done' | 'stuck'>;

function daemonCounts(status: NonNullable<RolledOut['status']>): Counts {
  return {
    wanted: status.desiredNumberScheduled ?? 0,
    updated: status.updatedNumberScheduled ?? 0,
    available: status.numberAvailable ?? 0,
    old: 0,
  };
}

/** A StatefulSet with a partition changes only the Pods from there on. */
function replicaCounts(spec: NonNullable<RolledOut['spec']>, status: NonNullable<RolledOut['status']>): Counts {
  const replicas = spec.replicas ?? 1;
  const partition = Math.min(spec.updateStrategy?.rollingUpdate?.partition ?? 0, replicas);
  const updated = status.updatedReplicas ?? 0;
  const old = Math.max(0, (status.replicas ?? 0) - updated - partition);
  return {
    wanted: replicas,
    updated: Math.min(replicas, updated + partition),
    available: status.availableReplicas ?? 0,
    old,
  };
}

/** One line about it. */
export function progressLine({ wanted, updated, available, old }: RolloutProgress): string {
  const left = old === 0 ? '' : `, ${old} old still there`;
  return `${updated} of ${wanted} updated, ${available} available${left}`;
}

/** `deployment/web`, `ds/agent` or `web`: which resources to look in, and the name. Throws an Error for another kind. */
export function readWorkload(text: string): { kinds: readonly WorkloadKind[]; name: string } {
  const [first = '', second] = text.split('/', 2);
  if (second === undefined) return { kinds: workloadKinds, name: first };
  const kind = shortNames[first.toLowerCase().replace(/\.apps$/, '')];
  if (kind === undefined || second === '')
    throw new Error(`"${text}" is no NAME, deployment/NAME, statefulset/NAME or daemonset/NAME`);
  return { kinds: [kind], name: second };
}

const shortNames: Readonly<Record<string, WorkloadKind>> = {
  deploy: 'deployments',
  deployment: 'deployments',
  deployments: 'deployments',
  sts: 'statefulsets',
  statefulset: 'statefulsets',
  statefulsets: 'statefulsets',
  ds: 'daemonsets',
  daemonset: 'daemonsets',
  daemonsets: 'daemonsets',
};
