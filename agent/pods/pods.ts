/**
 * The agent's mind: one worker a Pod that looks, plans, acts and reports until there is nothing left to do.
 *
 * INVARIANTS: one turn at a time for each Pod; a turn re-reads the world; what must survive is written before it is done;
 * Pods the runtime runs but nobody asked for end only after the hub has spoken in this life of the agent.
 */
import type { HeldChange } from '../state/held.ts';
import { hasEnded } from '../../hub/api/pod-phase.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { sameJson } from '../../hub/api/same-json.ts';
import type { Part } from '../../hub/base/lifecycle.ts';
import { type Again, WorkQueue } from '../../hub/base/work-queue.ts';
import type { PodFailure } from '../state/checkpoints.ts';
import { type Admission, createAdmission, isActive } from './admission/admission.ts';
import { tellBackoff } from './crash-events.ts';
import { plan } from './plan/plan.ts';
import { newRecord, type PodRecord } from './pod-record.ts';
import { createStepContext, tokenRetry } from './pods-context.ts';
import type { PodsOptions } from './pods-options.ts';
import { createProbing, type Probing } from './probing/probing.ts';
import { mentions, nameOfKey, nameOfObject, type ObjectName } from './references.ts';
import { wantedResources } from './admission/resize.ts';
import type { Situation } from './situation.ts';
import { podStatus } from './status/status.ts';
import type { StepContext } from './steps/step-context.ts';
import { runStep } from './step.ts';
import { stepRunner } from './steps/steps.ts';
import { nextLook, perform } from './steps/turn.ts';

/** The Pods of this node. */
export interface Pods extends Part {
  /** The hub has said what this node holds: Pods it did not name may end now. */
  synced(): void;
  /** The hub can be asked again: Pods that lack a token get it now. */
  connected(): void;
  /** The records of Pods, for logs and figures. */
  find(namespace: string, name: string, uid?: string): PodRecord | undefined;
  /** The Pods that were let in and have not ended. */
  active(): Iterable<Pod>;
  /** Ends a Pod for good: its phase becomes Failed. False when it is not active. */
  evict(uid: string, failure: PodFailure): boolean;
  /** Every Pod that is wanted here, with the status it was last reported with. */
  all(): Pod[];
  /** Ends every container, each with its Pod's grace but at most `limit` seconds, and starts none any more. */
  stopAll(limit: number): Promise<void>;
  /** Resolves when no Pod has anything left to do now. */
  settled(): Promise<void>;
}

/** How many times in a row one turn looks again before it lets others go first. */
const rounds = 20;

/** Makes the workers. The runtime must have been started. */
export function createPods(options: PodsOptions): Pods {
  return new PodWorkers(options);
}

class PodWorkers implements Pods {
  readonly name = 'pods';
  readonly #options: PodsOptions;
  readonly #records = new Map<string, PodRecord>();
  readonly #stopping = new AbortController();
  readonly #queue: WorkQueue;
  readonly #context: StepContext;
  readonly #admission: Admission;
  readonly #probing: Probing;
  #release: (() => void)[] = [];
  #stopped = false;

  constructor(options: PodsOptions) {
    this.#options = options;
    const { node, held, runtime, clock, log } = options;
    this.#queue = new WorkQueue({
      ...{ name: 'pods', clock, log, workers: options.workers ?? 8, backoff: { first: 100, limit: 30_000 } },
      handle: (uid) => this.#turn(uid),
    });
    this.#context = createStepContext({
      ...options,
      signal: this.#stopping.signal,
      changed: (uid) => {
        this.#records.get(uid)?.pulling.clear();
        this.#queue.add(uid);
      },
      gone: (record) => this.#gone(record),
    });
    this.#admission = createAdmission({
      ...{ node, held, records: this.#records },
      allowedSysctls: options.allowedUnsafeSysctls ?? [],
      before: options.admit,
      evict: (uid, failure) => void this.evict(uid, failure),
    });
    this.#probing = createProbing({
      ...{ runtime, events: options.events, clock, random: options.random ?? Math.random },
      probe: options.probe ?? (async () => ({ ok: true, message: '' })),
      changed: (uid) => this.#queue.add(uid),
    });
  }

  async start(): Promise<void> {
    const { held, runtime } = this.#options;
    this.#release = [
      held.subscribe((change) => this.#changed(change)),
      runtime.subscribe((uid) => this.#queue.add(uid)),
    ];
    for (const object of held.all('pods')) this.#meet(object as unknown as Pod);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    for (const each of this.#release) each();
    this.#probing.stop();
    await this.#queue.stop();
  }

  synced(): void {
    this.#adoptOrphans().catch((error: unknown) =>
      this.#options.log.error({ error: String(error) }, 'could not look for orphans'),
    );
  }

  connected(): void {
    const soon = this.#options.clock.now() + tokenRetry;
    for (const [uid, record] of this.#records) {
      if (record.refreshAt === undefined || record.refreshAt > soon) continue;
      record.volumes = false;
      this.#queue.add(uid);
    }
  }

  find(namespace: string, name: string, uid = ''): PodRecord | undefined {
    for (const record of this.#records.values()) {
      const { metadata } = record.pod;
      const isIt = metadata.namespace === namespace && metadata.name === name && (uid === '' || metadata.uid === uid);
      if (isIt) return record;
    }
    return undefined;
  }

  *active(): Iterable<Pod> {
    for (const record of this.#records.values()) if (isActive(record)) yield record.pod;
  }

  evict(uid: string, failure: PodFailure): boolean {
    const record = this.#records.get(uid);
    if (record === undefined || !isActive(record)) return false;
    record.evicted = failure;
    this.#queue.add(uid);
    return true;
  }

  all(): Pod[] {
    return [...this.#records.values()].flatMap(({ wanted, pod, reported }) =>
      wanted ? [reported === undefined ? pod : { ...pod, status: reported }] : [],
    );
  }

  async stopAll(limit: number): Promise<void> {
    this.#stopped = true;
    const { runtime } = this.#options;
    const { containers, sandboxes } = await runtime.list();
    const running = containers.filter((container) => container.state === 'running');
    const graceOf = (uid: string): number => this.#records.get(uid)?.pod.spec.terminationGracePeriodSeconds ?? 30;
    await Promise.all(running.map(({ id, pod }) => runtime.stopContainer(id, Math.min(limit, graceOf(pod.uid)))));
    await Promise.all(sandboxes.map(({ uid }) => runtime.stopSandbox(uid)));
  }

  settled(): Promise<void> {
    return this.#queue.settled();
  }

  async #turn(uid: string): Promise<Again> {
    const record = this.#records.get(uid);
    if (record === undefined || record.gone || this.#stopped) return undefined;
    const runner = stepRunner(this.#context, record);
    for (let round = 0; round < rounds; round++) {
      const situation = await this.#look(record);
      this.#probing.sync(record, situation);
      this.#tell(record, situation);
      tellBackoff(this.#options.events, record, situation);
      const steps = plan(situation);
      const acted = await perform(steps, (step) => runStep(runner, step));
      if (record.gone) return undefined;
      if (!acted) return nextLook(steps, this.#options.clock.now());
    }
    return 100;
  }

  async #look(record: PodRecord): Promise<Situation> {
    const { pod, wanted, checkpoint, problems, probes, pulling, hooks, seen, evicted, refreshAt } = record;
    const { runtime, clock, node } = this.#options;
    const observed = await runtime.list(checkpoint.uid);
    const now = clock.now();
    const volumes = record.volumes && (refreshAt === undefined || now < refreshAt);
    const newest = new Set(Object.values(checkpoint.containers).map(({ id }) => id));
    for (const id of seen) if (!newest.has(id)) seen.delete(id);
    for (const { id, state } of observed.containers) if (state === 'running') seen.add(id);
    const refused = this.#admission.admit(record);
    const room = this.#admission.room(record);
    return {
      ...{ pod, wanted, checkpoint, volumes, problems, probes, pulling, hooks, seen, observed, evicted, now },
      boot: node.boot,
      ...(refused === undefined ? {} : { refused }),
      ...(room === undefined ? {} : { room }),
      ...(refreshAt === undefined ? {} : { refreshAt }),
    };
  }

  #tell(record: PodRecord, situation: Situation): void {
    if (!record.wanted) return;
    const status = podStatus(situation, { addresses: this.#options.node.addresses() }, record.reported);
    if (record.reported !== undefined && sameJson(record.reported, status)) return;
    const ends = hasEnded(status.phase) && !hasEnded(record.reported?.phase);
    record.reported = status;
    if (ends) this.#wakeDeferred();
    const { namespace, name, uid } = record.checkpoint;
    this.#options.report({ namespace, name, uid, status });
  }

  #gone(record: PodRecord): void {
    const { namespace, name, uid } = record.checkpoint;
    this.#options.report({ namespace, name, uid, gone: true, ...(record.reported && { status: record.reported }) });
    if (!record.wanted) this.#records.delete(uid);
    this.#wakeDeferred();
  }

  /** Something has left the node: a resize that waited for room may be granted now. */
  #wakeDeferred(): void {
    for (const [uid, record] of this.#records) {
      if (Object.keys(wantedResources(record)).length > 0) this.#queue.add(uid);
    }
  }

  #changed(change: HeldChange): void {
    for (const object of change.upserts) {
      if (object.kind === 'Pod') this.#meet(object as unknown as Pod);
      else this.#refresh(nameOfObject(object));
    }
    for (const key of change.deletions) {
      if (key.startsWith('pods/')) this.#dismiss(key.slice(key.lastIndexOf('/') + 1));
      else this.#refresh(nameOfKey(key));
    }
  }

  #meet(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const record = this.#records.get(uid);
    if (record === undefined) this.#records.set(uid, this.#newRecord(uid, pod));
    else {
      // The echo of this node's own report is no reason to try a failing step at once.
      if (!sameWish(record.pod, pod)) {
        record.problems.clear();
        record.pulling.clear();
        // files of the downward API show labels, annotations and resources as they are now
        if (record.volumes) record.volumes = (pod.spec.volumes ?? []).length === 0;
      }
      record.pod = pod;
    }
    if (pod.metadata.deletionTimestamp !== undefined) this.#context.images?.forget(uid);
    this.#queue.add(uid);
  }

  #dismiss(uid: string): void {
    const record = this.#records.get(uid);
    if (record === undefined) return;
    record.wanted = false;
    this.#context.images?.forget(uid);
    if (record.gone) this.#records.delete(uid);
    this.#queue.add(uid);
  }

  /** Wakes the Pods that name an object that changed or went; their volumes are brought up to date. */
  #refresh(object: ObjectName | undefined): void {
    if (object === undefined) return;
    for (const [uid, record] of this.#records) {
      if (!mentions(record.pod, object)) continue;
      record.volumes = false;
      record.problems.clear();
      this.#queue.add(uid);
    }
  }

  /** Ends what runs here though the hub does not want it: it was taken away while this agent was not looking. */
  async #adoptOrphans(): Promise<void> {
    const { files, volumes, checkpoints, runtime, log } = this.#options;
    await files?.sweep((uid) => this.#records.has(uid) || checkpoints.get(uid) !== undefined);
    const { sandboxes, containers } = await runtime.list();
    const left = [...sandboxes, ...containers.map((container) => container.pod), ...checkpoints.all()];
    for (const { uid, namespace, name } of left) {
      if (this.#records.has(uid)) continue;
      const metadata = { uid, namespace, name, deletionGracePeriodSeconds: 30 };
      const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] } };
      this.#records.set(uid, { ...this.#newRecord(uid, pod), wanted: false });
      this.#queue.add(uid);
    }
    const swept = await volumes.sweep((uid) => this.#records.has(uid));
    if (swept.length > 0) log.info({ pods: swept.length }, 'removed the volumes of Pods nobody knows');
  }

  #newRecord(uid: string, pod: Pod): PodRecord {
    return newRecord(pod, this.#options.checkpoints.get(uid), this.#options.clock.now());
  }
}

/** True when two versions of a Pod ask for the same. */
function sameWish(a: Pod, b: Pod): boolean {
  const { resourceVersion: _before, ...before } = a.metadata;
  const { resourceVersion: _after, ...after } = b.metadata;
  return sameJson(before, after) && sameJson(a.spec, b.spec);
}
