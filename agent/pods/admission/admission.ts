/** Lets Pods in, one after the other, and says how much room there is for one that grows. */
import type { Node } from '../../../hub/api/node.ts';
import { hasEnded } from '../../../hub/api/pod-phase.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { HeldObjects } from '../../state/held.ts';
import type { PodFailure } from '../../state/checkpoints.ts';
import { allocatedPod } from './allocation.ts';
import type { FieldContext } from '../container/fields.ts';
import type { PodRecord } from '../pod-record.ts';
import { podRequests } from './pod-resources.ts';
import { preempted, victims } from './preemption.ts';
import { type AdmittingNode, type Refusal, refusal } from './refusal.ts';
import { wantedResources } from './resize.ts';
import type { Room } from '../situation.ts';

/** What admission looks at. */
export interface AdmissionOptions {
  readonly node: { readonly name: string; allocatable(): FieldContext['allocatable'] };
  readonly held: HeldObjects;
  readonly records: ReadonlyMap<string, PodRecord>;
  readonly allowedSysctls: readonly string[];
  /** The node's own word on a new Pod, before what it needs is looked at. */
  readonly before: ((pod: Pod) => Refusal | undefined) | undefined;
  /** Ends a Pod that makes room for a critical one. */
  evict(uid: string, failure: PodFailure): void;
}

/** The door. */
export interface Admission {
  /** Lets a Pod in, once; synchronous, so that two that exclude each other are not let in together. */
  admit(record: PodRecord): Refusal | undefined;
  /** Set when the Pod asks for other resources than it was granted. */
  room(record: PodRecord): Room | undefined;
}

/** True for a Pod that was let in and has not ended. */
export function isActive({ admitted, gone, checkpoint, reported, pod }: PodRecord): boolean {
  // an agent that has just started goes by what was told before
  const phase = reported?.phase ?? pod.status?.phase;
  return admitted && !gone && !hasEnded(phase) && checkpoint.failed === undefined;
}

/** Makes it. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { node, held, records } = options;

  function running(except: PodRecord): Pod[] {
    const pods: Pod[] = [];
    for (const record of records.values())
      if (record !== except && record.evicted === undefined && isActive(record))
        pods.push(allocatedPod(record.pod, record.checkpoint));
    return pods;
  }

  function admitting(): AdmittingNode {
    const own = held.get(`nodes//${node.name}`) as Node | undefined;
    const { cpu, memory } = node.allocatable();
    const pods = Number(own?.status?.allocatable?.['pods'] ?? Number.POSITIVE_INFINITY);
    return {
      name: node.name,
      ...(own?.metadata.labels === undefined ? {} : { labels: own.metadata.labels }),
      taints: own?.spec?.taints ?? [],
      allocatable: { cpu: Math.floor(cpu * 1000), memory: Math.floor(memory), pods },
      allowedSysctls: options.allowedSysctls,
    };
  }

  return {
    admit(record) {
      if (record.admitted || !record.wanted) return undefined;
      const node = admitting();
      const others = running(record);
      const leaving = victims(record.pod, others, node) ?? [];
      const staying = others.filter((pod) => !leaving.includes(pod));
      const refused = options.before?.(record.pod) ?? refusal(record.pod, staying, node);
      if (refused === undefined) for (const { metadata } of leaving) options.evict(metadata.uid ?? '', preempted);
      record.admitted = refused === undefined;
      return refused;
    },
    room(record) {
      if (Object.keys(wantedResources(record)).length === 0) return undefined;
      const used = { cpu: 0, memory: 0 };
      for (const pod of running(record)) {
        const { cpu, memory } = podRequests(pod);
        used.cpu += cpu;
        used.memory += memory;
      }
      return { capacity: admitting().allocatable, used };
    },
  };
}
