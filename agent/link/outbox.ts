/** The outbox: the newest of everything the hub must learn, kept until the hub says it is committed. */
import type { EventReport, NodeReport, PodReport, ReportMessage } from '../../hub/api/link.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { mergeNodeReport, nodeDifference } from './node-difference.ts';

/** Events that wait at most; the oldest go first. */
const eventLimit = 500;

/** Pods, events and volumes in one message at most, each. */
const batch = 100;

/** In place of a sequence: the hub has it, and keeps it for the rest of the epoch. */
const committed = Number.POSITIVE_INFINITY;

/** `sent` is the sequence it went out with in this epoch; 0: not yet. */
interface Waiting<T> {
  report: T;
  sent: number;
}

/**
 * INVARIANTS: of a Pod only the newest report counts; something reported anew after it was sent is sent again; nothing
 * leaves before `acknowledge` covers it; sequences count up by one within an epoch; the Node is registered once in the
 * life of the agent, so that one a user deleted stays deleted.
 */
export class Outbox {
  readonly #pods = new Map<string, Waiting<PodReport>>();
  /** What the hub holds, for the day it asks again; a Pod that is gone is forgotten. */
  readonly #committed = new Map<string, PodReport>();
  readonly #events = new Map<string, Waiting<EventReport>>();
  /** Volumes that are gone from this node, by name. */
  readonly #released = new Map<string, Waiting<string>>();
  /** The hub has made this node's Node, or found it, in this life of the agent. */
  #isRegistered = false;
  #node: NodeReport | undefined;
  #told: NodeReport | undefined;
  #telling: { sequence: number; report: NodeReport } | undefined;
  /** Unset: this node has not looked for static Pods. */
  #statics: Waiting<readonly Pod[]> | undefined;
  #sequence = 0;
  #acknowledged = 0;

  /** Reports that are sent and not acknowledged. */
  get unacknowledged(): number {
    return this.#sequence - this.#acknowledged;
  }

  pod(report: PodReport): void {
    this.#pods.set(report.uid, { report, sent: 0 });
  }

  node(report: NodeReport): void {
    this.#node = mergeNodeReport(this.#node, report);
  }

  event(report: EventReport): void {
    const key = `${report.namespace}/${report.name}`;
    this.#events.delete(key);
    this.#events.set(key, { report, sent: 0 });
    for (const oldest of this.#events.keys()) {
      if (this.#events.size <= eventLimit) break;
      this.#events.delete(oldest);
    }
  }

  released(name: string): void {
    this.#released.set(name, { report: name, sent: 0 });
  }

  /** The whole list; an equal one changes nothing for the hub, but is sent. */
  statics(pods: readonly Pod[]): void {
    this.#statics = { report: pods, sent: 0 };
  }

  /** A new epoch: what is not acknowledged goes out again, the node and its static Pods as a whole. */
  restart(): void {
    this.#sequence = 0;
    this.#acknowledged = 0;
    this.#told = undefined;
    this.#telling = undefined;
    if (this.#statics !== undefined) this.#statics.sent = 0;
    this.repeat();
  }

  /** What was sent and not acknowledged goes out again, under newer sequences. */
  repeat(): void {
    for (const waiting of this.#pods.values()) waiting.sent = 0;
    for (const waiting of this.#events.values()) waiting.sent = 0;
    for (const waiting of this.#released.values()) waiting.sent = 0;
    if (this.#statics !== undefined && this.#statics.sent !== committed) this.#statics.sent = 0;
    this.#telling = undefined;
    this.#acknowledged = this.#sequence;
  }

  /** The hub wants these Pods (`*`: all) or the node as a whole again. */
  restate(request: { pods: readonly string[]; node: boolean }): void {
    const uids = request.pods.includes('*') ? [...this.#committed.keys()] : request.pods;
    for (const uid of uids) {
      const report = this.#committed.get(uid);
      if (report !== undefined && !this.#pods.has(uid)) this.pod(report);
    }
    if (!request.node) return;
    this.#isRegistered = false;
    this.#told = undefined;
    this.#telling = undefined;
  }

  /** Everything up to `sequence` is committed. */
  acknowledge(sequence: number): void {
    if (sequence > this.#sequence) return;
    this.#acknowledged = Math.max(this.#acknowledged, sequence);
    const covered = (sent: number): boolean => sent > 0 && sent <= sequence;
    for (const [uid, { report, sent }] of this.#pods) {
      if (!covered(sent)) continue;
      this.#pods.delete(uid);
      if (report.gone === true) this.#committed.delete(uid);
      else this.#committed.set(uid, report);
    }
    if (this.#statics !== undefined && covered(this.#statics.sent)) this.#statics.sent = committed;
    for (const [key, { sent }] of this.#events) if (covered(sent)) this.#events.delete(key);
    for (const [name, { sent }] of this.#released) if (covered(sent)) this.#released.delete(name);
    if (this.#telling !== undefined && covered(this.#telling.sequence)) {
      this.#isRegistered = true;
      this.#told = this.#telling.report;
      this.#telling = undefined;
    }
  }

  /** The next report, or undefined when all is sent. */
  next(epoch: string): ReportMessage | undefined {
    const sequence = this.#sequence + 1;
    const node = this.#nextNode(sequence);
    const pods = take(this.#pods.values(), sequence);
    const events = take(this.#events.values(), sequence);
    const released = take(this.#released.values(), sequence);
    const statics = this.#statics?.sent === 0 ? this.#statics : undefined;
    const parts = pods.length + events.length + released.length;
    if (node === undefined && statics === undefined && parts === 0) return undefined;
    if (statics !== undefined) statics.sent = sequence;
    this.#sequence = sequence;
    return {
      epoch,
      sequence,
      ...(node === undefined ? {} : { node }),
      ...(pods.length === 0 ? {} : { pods }),
      ...(events.length === 0 ? {} : { events }),
      ...(released.length === 0 ? {} : { released }),
      ...(statics === undefined ? {} : { statics: [...statics.report] }),
    };
  }

  #nextNode(sequence: number): NodeReport | undefined {
    if (this.#node === undefined || this.#telling?.report === this.#node) return undefined;
    const difference = nodeDifference(this.#told, this.#node);
    if (difference === undefined) return undefined;
    this.#telling = { sequence, report: this.#node };
    return this.#isRegistered ? difference : { ...difference, register: true };
  }
}

function take<T>(waiting: Iterable<Waiting<T>>, sequence: number): T[] {
  const taken: T[] = [];
  for (const one of waiting) {
    if (one.sent > 0) continue;
    if (taken.length === batch) break;
    one.sent = sequence;
    taken.push(one.report);
  }
  return taken;
}
