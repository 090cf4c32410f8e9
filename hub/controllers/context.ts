/** What every controller stands on. */
import { authenticatedGroup, type User } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { createEventRecorder, type EventRecorder } from '../registry/event-recorder.ts';
import type { WorkQueue } from '../base/work-queue.ts';
import type { Entry, Registry, WriteOptions } from '../registry/registry.ts';
import { DefinitionOutlines } from './definition-outlines.ts';
import { NodeFactsCache } from './node-facts.ts';
import { OrphanPods } from './orphan-pods.ts';
import { type PodFacts, podFactsOf } from './pod-facts.ts';

/** Objects that other API servers hold, behind this one. */
export interface ContentsElsewhere {
  /** Group versions nobody can say now what they have: `wardle.example.com/v1alpha1`. */
  unknown(): readonly string[];
  /** Deletes what there is in a namespace, and answers what is left by resource. Never rejects. */
  empty(
    namespace: string,
    user: User,
  ): Promise<{ readonly left: ReadonlyMap<string, number>; readonly failures: readonly string[] }>;
}

/** Shared by all controllers; made once by createControllers. */
export interface ControllerContext {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told of every queue that is made, for metrics. */
  readonly queueMade?: (queue: WorkQueue) => void;
  /** Unset where there is no aggregation. */
  readonly elsewhere?: ContentsElsewhere;
  readonly pods: { of(entry: Entry): PodFacts };
  readonly nodes: NodeFactsCache;
  readonly definitions: DefinitionOutlines;
  readonly orphans: OrphanPods;
}

/** What a context is made of. */
export type ContextOptions = Pick<
  ControllerContext,
  'registry' | 'clock' | 'log' | 'random' | 'queueMade' | 'elsewhere'
>;

/** A context with the indexes that controllers share. */
export function createContext(options: ContextOptions): ControllerContext {
  const { registry } = options;
  return {
    ...options,
    pods: { of: podFactsOf },
    nodes: new NodeFactsCache(),
    definitions: new DefinitionOutlines(),
    orphans: new OrphanPods(registry),
  };
}

function serviceAccountUser(name: string): User {
  return {
    name: `system:serviceaccount:kube-system:${name}`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', authenticatedGroup],
  };
}

/** The identity a controller writes with: `account` is its ServiceAccount in kube-system. */
export function writerOf(account: string): WriteOptions {
  return { user: serviceAccountUser(account), manager: 'kube-controller-manager' };
}

/** A recorder of events that name `component` as their source. */
export function recorderOf(context: ControllerContext, component: string): EventRecorder {
  const { registry, clock, log } = context;
  return createEventRecorder({
    registry,
    clock,
    log,
    component,
    user: serviceAccountUser(component),
    manager: 'kube-controller-manager',
  });
}
