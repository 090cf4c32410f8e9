/** What the workers of Pods are given. */
import type { HeldObjects } from '../state/held.ts';
import type { PodReport } from '../../hub/api/link.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { HookRunner, ProbeRunner } from '../probes/probe.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Checkpoints } from '../state/checkpoints.ts';
import type { PodFiles } from '../volumes/pod-files.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { PodEvents } from './events.ts';
import type { FieldContext } from './container/fields.ts';
import type { Refusal } from './admission/refusal.ts';
import type { NodeDns } from './container/sandbox-config.ts';
import type { PodTokens } from './tokens.ts';

/** What the node knows of itself. */
export interface NodeFacts {
  readonly name: string;
  /** The kernel's boot id. */
  readonly boot: string;
  /** The main one first; may change. */
  addresses(): readonly string[];
  allocatable(): FieldContext['allocatable'];
}

/** Options of `createPods`. */
export interface PodsOptions {
  readonly node: NodeFacts;
  readonly held: HeldObjects;
  readonly checkpoints: Checkpoints;
  readonly runtime: Runtime;
  readonly volumes: Volumes;
  readonly events: PodEvents;
  readonly report: (report: PodReport) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly tokens?: PodTokens;
  /** Unset: every probe succeeds, for agents without real containers. */
  readonly probe?: ProbeRunner;
  /** Unset: every hook succeeds. */
  readonly hook?: HookRunner;
  /** Where the node keeps files it shows to containers; unset: they see the node's own. */
  readonly files?: PodFiles;
  /** Sysctls Pods may set beside the safe ones: names, or beginnings that end with `*`. */
  readonly allowedUnsafeSysctls?: readonly string[];
  /** Environment every container that is made now gets, such as where the API is. */
  readonly environment?: () => Readonly<Record<string, string>>;
  /** How names are resolved on this node; unset: not at all. */
  readonly dns?: () => Promise<NodeDns>;
  /** Resolves when a container of this Pod may start; rejects with RuntimeError. Unset: always. */
  readonly guard?: (uid: string) => Promise<void>;
  /** The node's own word on a new Pod, before what it needs is looked at. */
  readonly admit?: (pod: Pod) => Refusal | undefined;
  /** 0 to 1; spreads the first looks of probes. Unset: Math.random. */
  readonly random?: () => number;
  /** How many Pods are worked on at once. */
  readonly workers?: number;
}
