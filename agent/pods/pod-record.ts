/** What a worker remembers of one Pod between turns; nothing here needs to survive a restart. */
import type { Pod, PodStatus } from '../../hub/api/pod.ts';
import type { PodCheckpoint, PodFailure } from '../state/checkpoints.ts';
import type { PlacedVolume } from '../volumes/volumes.ts';
import type { HookProgress, Problem, ProbeResult } from './situation.ts';

/** A container that is ending. */
export interface Stopping {
  /** When the kill is due, in Unix milliseconds. */
  readonly killAt: number;
  /** Aborted when a shorter end takes over. */
  readonly abort: AbortController;
}

/** The record. It is the worker's alone, except `pod`, `wanted` and `volumes`, which news from the hub change, and `evicted`. */
export interface PodRecord {
  pod: Pod;
  wanted: boolean;
  checkpoint: PodCheckpoint;
  /** False: to be put in place, or brought up to date. */
  volumes: boolean;
  /** When the volumes are to be brought up to date whatever happens; Unix milliseconds. */
  refreshAt: number | undefined;
  mounts: ReadonlyMap<string, PlacedVolume>;
  readonly problems: Map<string, Problem>;
  readonly probes: Map<string, ProbeResult>;
  /** By container id. */
  readonly stopping: Map<string, Stopping>;
  /** preStop hooks that were begun, by container id. */
  readonly preStops: Map<string, Promise<void>>;
  /** Names of containers whose image is on its way. */
  readonly pulling: Set<string>;
  /** postStart hooks, by container name. */
  readonly hooks: Map<string, HookProgress>;
  /** Ids of attempts seen running. */
  readonly seen: Set<string>;
  /** Containers whose back-off was told of, by id. */
  readonly told: Set<string>;
  reported: PodStatus | undefined;
  /** Set when the node wants to be rid of it. */
  evicted: PodFailure | undefined;
  /** It was let in: it fits beside what the node runs. */
  admitted: boolean;
  /** Nothing of it is left on this node. */
  gone: boolean;
}

/** A record of a Pod this node meets at `now`. */
export function newRecord(pod: Pod, checkpoint: PodCheckpoint | undefined, now: number): PodRecord {
  const { uid = '', namespace = '', name = '' } = pod.metadata;
  const known = Date.parse(pod.status?.startTime ?? '');
  return {
    pod,
    wanted: true,
    checkpoint: checkpoint ?? { uid, namespace, name, startTime: Number.isNaN(known) ? now : known, containers: {} },
    volumes: (pod.spec.volumes ?? []).length === 0,
    refreshAt: undefined,
    mounts: new Map(),
    problems: new Map(),
    probes: new Map(),
    stopping: new Map(),
    preStops: new Map(),
    pulling: new Set(),
    hooks: new Map(),
    seen: new Set(),
    told: new Set(),
    reported: undefined,
    evicted: undefined,
    admitted: Object.keys(checkpoint?.containers ?? {}).length > 0,
    gone: false,
  };
}
