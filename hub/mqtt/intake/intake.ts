/** Intake: what nodes report becomes status in the registry, and only then is acknowledged. */
import type { Event } from '../../api/config.ts';
import { hasReason, isAlreadyExists, isNamespaceTerminating, isNotFound } from '../../api/errors.ts';
import type { EventReport, NodeReport, PodReport, ReportMessage } from '../../api/link.ts';
import { localPathFinalizer, releasingNode } from '../../api/local-path.ts';
import type { Node } from '../../api/node.ts';
import { removeFinalizer } from '../../api/object.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { Pod } from '../../api/pod.ts';
import { events, nodes, persistentVolumes, pods } from '../../api/resource.ts';
import { authenticatedGroup, nodesGroup, nodeUserName } from '../../api/user.ts';
import { Allowance } from '../../base/allowance.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Entry, Registry, WriteOptions } from '../../registry/registry.ts';
import { newEvent, plausibleEvent, repeatEvent } from './event-report.ts';
import { applyNodeMeta, mergeNodeStatus, newNode } from './node-report.ts';
import { afterGone, lostStatus, mergePodStatus } from './pod-report.ts';
import type { Sessions } from '../sessions.ts';

/** What intake is made of. */
export interface IntakeOptions {
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells the node that everything up to `sequence` is committed. */
  readonly acknowledge: (node: string, epoch: string, sequence: number) => void;
  /** The Node is to be made and the report was only a part: ask for all of it. */
  readonly askNode: (node: string) => void;
  /** The node told all of its static Pods. */
  readonly statics: (node: string, reported: readonly Pod[]) => void;
  /** The Node exists and was reported. */
  readonly nodeReported: (node: string) => void;
}

/** Reports of one node that wait at most; what comes on top is dropped, as it is re-sent. */
const waitingLimit = 16;

/** Events a node may write: so many at once, then one each so many milliseconds. */
const eventAllowance = { burst: 200, refill: 500 };

/**
 * INVARIANTS: reports of one node are applied one after the other, their parts side by side (one group commit);
 * `acknowledge` is called only when everything in the report is committed or was refused for good.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #waiting = new Map<string, ReportMessage[]>();
  readonly #writing = new Map<string, number>();
  readonly #allowance: Allowance;
  readonly #settled: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#allowance = new Allowance({ ...eventAllowance, clock: options.clock });
  }

  /** True while a report of this Pod is being written. */
  reporting(uid: string): boolean {
    return this.#writing.has(uid);
  }

  /** Takes a report. */
  take(node: string, report: ReportMessage): void {
    if (!this.#options.sessions.accepts(node, report.epoch)) return;
    const queue = this.#waiting.get(node);
    if (queue !== undefined) {
      if (queue.length < waitingLimit) queue.push(report);
      return;
    }
    this.#waiting.set(node, [report]);
    void this.#work(node);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => this.#settled.push(resolve));
  }

  async #work(node: string): Promise<void> {
    const queue = this.#waiting.get(node) ?? [];
    for (let report = queue[0]; report !== undefined; report = queue[0]) {
      if (this.#options.sessions.accepts(node, report.epoch)) await this.#apply(node, report);
      queue.shift();
    }
    this.#waiting.delete(node);
    if (this.#waiting.size === 0) for (const resolve of this.#settled.splice(0)) resolve();
  }

  async #apply(node: string, report: ReportMessage): Promise<void> {
    const write: WriteOptions = {
      user: { name: nodeUserName(node), groups: [nodesGroup, authenticatedGroup] },
      manager: 'coracle-agent',
    };
    const tasks: Promise<void>[] = [];
    if (report.node !== undefined) tasks.push(this.#applyNode(node, report.node, write));
    for (const pod of report.pods ?? []) tasks.push(this.#applyPod(node, pod, write));
    for (const event of report.events ?? []) tasks.push(this.#applyEvent(node, event, write));
    for (const name of report.released ?? []) tasks.push(this.#applyReleased(node, name, write));
    let committed = true;
    for (const result of await Promise.allSettled(tasks)) {
      if (result.status === 'fulfilled') continue;
      const final = isFinal(result.reason);
      committed &&= final;
      // events of the last Pods of a namespace come when it takes nothing any more
      if (isNamespaceTerminating(result.reason)) continue;
      this.#options.log.warn(
        { node, error: String(result.reason) },
        final ? 'refused a part of a report' : 'could not write a report, the node will repeat it',
      );
    }
    // nothing to commit: they are told anew on each connection, so also after this hub
    if (report.statics !== undefined) this.#options.statics(node, report.statics);
    if (committed) this.#options.acknowledge(node, report.epoch, report.sequence);
  }

  async #applyNode(node: string, report: NodeReport, write: WriteOptions): Promise<void> {
    const { registry, clock } = this.#options;
    const current = registry.get(nodes, '', node);
    if (current === undefined) {
      // API: a deleted Node comes back when its agent starts anew, not by a report of one that runs on
      if (report.register !== true) return;
      // nodeInfo is only in a whole report
      if (report.status?.nodeInfo === undefined) return this.#options.askNode(node);
      await this.#register(newNode(node, report), write);
    } else if (applyNodeMeta(structuredClone(current.object<Node>()), report)) {
      await registry.modify<Node>(nodes, '', node, (object) => void applyNodeMeta(object, report), write);
    }
    const { status } = report;
    if (status !== undefined) {
      await registry.modify<Node>(
        nodes,
        '',
        node,
        (object) => {
          object.status = mergeNodeStatus(object.status, status, clock.now());
        },
        { ...write, subresource: 'status' },
      );
    }
    this.#options.nodeReported(node);
  }

  /** Whatever the refusal, the agent tries again: without its Node it is of no use. */
  async #register(node: Node, write: WriteOptions): Promise<void> {
    try {
      await this.#options.registry.create(nodes, '', node, write);
    } catch (error) {
      if (!isAlreadyExists(error)) throw new Error(`the Node could not be made: ${String(error)}`, { cause: error });
    }
  }

  /** The Pod as it is now, when it is bound to this node and is the one that is meant. */
  #bound(node: string, report: PodReport): Entry | undefined {
    const entry = this.#options.registry.get(pods, report.namespace, report.name);
    return entry?.uid === report.uid && entry.node === node ? entry : undefined;
  }

  async #applyPod(node: string, report: PodReport, write: WriteOptions): Promise<void> {
    const entry = this.#bound(node, report);
    if (entry === undefined) return;
    this.#writing.set(report.uid, (this.#writing.get(report.uid) ?? 0) + 1);
    try {
      if (report.status !== undefined) await this.#writeStatus(report, write, report.status);
      if (report.gone === true) await this.#finish(node, report, write);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    } finally {
      const count = (this.#writing.get(report.uid) ?? 1) - 1;
      if (count === 0) this.#writing.delete(report.uid);
      else this.#writing.set(report.uid, count);
    }
  }

  async #writeStatus(report: PodReport, write: WriteOptions, status: Pod['status']): Promise<void> {
    const { registry } = this.#options;
    await registry.modify<Pod>(
      pods,
      report.namespace,
      report.name,
      (pod) => {
        if (pod.metadata.uid !== report.uid || status === undefined) return;
        const merged = mergePodStatus(pod.status, status);
        if (merged !== undefined) pod.status = merged;
      },
      { ...write, subresource: 'status' },
    );
  }

  async #finish(node: string, report: PodReport, write: WriteOptions): Promise<void> {
    const { registry } = this.#options;
    const pod = this.#bound(node, report)?.object<Pod>();
    if (pod === undefined) return;
    const decision = afterGone(pod);
    if (decision === 'fail') await this.#writeStatus(report, write, lostStatus(pod.status));
    if (decision !== 'delete') return;
    await registry.delete(pods, report.namespace, report.name, {
      ...write,
      gracePeriodSeconds: 0,
      preconditions: { uid: report.uid },
    });
  }

  /** The volume's directory is gone: nothing holds its object any more. */
  async #applyReleased(node: string, name: string, write: WriteOptions): Promise<void> {
    const isReleasing = (volume: PersistentVolume): boolean => releasingNode(volume) === node;
    const { registry } = this.#options;
    const volume = registry.get(persistentVolumes, '', name)?.object<PersistentVolume>();
    if (volume === undefined || !isReleasing(volume)) return;
    const release = (now: PersistentVolume): void => {
      if (isReleasing(now)) removeFinalizer(now.metadata, localPathFinalizer);
    };
    await registry.modify<PersistentVolume>(persistentVolumes, '', name, release, write).catch(unless(isNotFound));
  }

  async #applyEvent(node: string, report: EventReport, write: WriteOptions): Promise<void> {
    const { registry } = this.#options;
    if (!plausibleEvent(node, report) || !this.#allowance.take(node)) return;
    const about =
      report.regarding.kind === 'Pod' ? registry.get(pods, report.namespace, report.regarding.name) : undefined;
    if (about !== undefined && about.node !== node) return;
    const { namespace, name } = report;
    if (registry.get(events, namespace, name) === undefined) {
      try {
        await registry.create(events, namespace, newEvent(node, report), write);
        return;
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
    }
    await registry
      .modify<Event>(events, namespace, name, (event) => repeatEvent(event, node, report), write)
      .catch(unless(isNotFound));
  }
}

const unless =
  (expected: (error: unknown) => boolean) =>
  (error: unknown): undefined => {
    if (!expected(error)) throw error;
    return undefined;
  };

/** True when trying again cannot help. */
function isFinal(error: unknown): boolean {
  return hasReason(
    error,
    'BadRequest',
    'Forbidden',
    'NotFound',
    'AlreadyExists',
    'Conflict',
    'Invalid',
    'RequestEntityTooLarge',
    'MethodNotAllowed',
  );
}
