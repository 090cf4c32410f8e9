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
import { createAdmission, isActive } from './admission.ts';
import { tellBackoff } from './crash-events.ts';
import { plan } from './plan.ts';
import { newRecord, type PodRecord } from './pod-record.ts';
import { createStepContext, tokenRetry } from './pods-context.ts';
import type { PodsOptions } from './pods-options.ts';
import { createProbing } from './probing.ts';
import { mentions, nameOfKey, nameOfObject, type ObjectName } from './references.ts';
import { wantedResources } from './resize.ts';
import type { Situation } from './situation.ts';
import { podStatus } from './status.ts';
import { runStep } from './step.ts';
import { stepRunner } from './steps.ts';
import { nextLook, perform } from './turn.ts';

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
  const { node, held, runtime, clock, log, checkpoints } = options;
  const records = new Map<string, PodRecord>();
  const stopping = new AbortController();
  let stopped = false;
  const queue = new WorkQueue({
    name: 'pods',
    handle: (uid) => turn(uid),
    clock,
    log,
    workers: options.workers ?? 8,
    backoff: { first: 100, limit: 30_000 },
  });
  const context = createStepContext({
    ...options,
    signal: stopping.signal,
    changed(uid) {
      records.get(uid)?.pulling.clear();
      queue.add(uid);
    },
    gone(record) {
      const { namespace, name, uid } = record.checkpoint;
      options.report({ namespace, name, uid, gone: true, ...(record.reported && { status: record.reported }) });
      if (!record.wanted) records.delete(uid);
      wakeDeferred();
    },
  });
  const admission = createAdmission({
    ...{ node, held, records },
    allowedSysctls: options.allowedUnsafeSysctls ?? [],
    before: options.admit,
    evict: (uid, failure) => void evict(uid, failure),
  });

  const probing = createProbing({
    probe: options.probe ?? (async () => ({ ok: true, message: '' })),
    runtime,
    events: options.events,
    clock,
    random: options.random ?? Math.random,
    changed: (uid) => queue.add(uid),
  });

  async function look(record: PodRecord): Promise<Situation> {
    const { pod, wanted, checkpoint, problems, probes, pulling, hooks, seen, evicted, refreshAt } = record;
    const observed = await runtime.list(checkpoint.uid);
    const now = clock.now();
    const volumes = record.volumes && (refreshAt === undefined || now < refreshAt);
    const newest = new Set(Object.values(checkpoint.containers).map(({ id }) => id));
    for (const id of seen) if (!newest.has(id)) seen.delete(id);
    for (const { id, state } of observed.containers) if (state === 'running') seen.add(id);
    const refused = admission.admit(record);
    const room = admission.room(record);
    return {
      ...{ pod, wanted, checkpoint, volumes, problems, probes, pulling, hooks, seen, observed, evicted, now },
      boot: node.boot,
      ...(refused === undefined ? {} : { refused }),
      ...(room === undefined ? {} : { room }),
      ...(refreshAt === undefined ? {} : { refreshAt }),
    };
  }

  function* active(): Iterable<Pod> {
    for (const record of records.values()) if (isActive(record)) yield record.pod;
  }

  function tell(record: PodRecord, situation: Situation): void {
    if (!record.wanted) return;
    const status = podStatus(situation, { addresses: node.addresses() }, record.reported);
    if (record.reported !== undefined && sameJson(record.reported, status)) return;
    const ends = hasEnded(status.phase) && !hasEnded(record.reported?.phase);
    record.reported = status;
    if (ends) wakeDeferred();
    const { namespace, name, uid } = record.checkpoint;
    options.report({ namespace, name, uid, status });
  }

  async function turn(uid: string): Promise<Again> {
    const record = records.get(uid);
    if (record === undefined || record.gone || stopped) return undefined;
    const runner = stepRunner(context, record);
    for (let round = 0; round < rounds; round++) {
      const situation = await look(record);
      probing.sync(record, situation);
      tell(record, situation);
      tellBackoff(options.events, record, situation);
      const steps = plan(situation);
      const acted = await perform(steps, (step) => runStep(runner, step));
      if (record.gone) return undefined;
      if (!acted) return nextLook(steps, clock.now());
    }
    return 100;
  }

  function evict(uid: string, failure: PodFailure): boolean {
    const record = records.get(uid);
    if (record === undefined || !isActive(record)) return false;
    record.evicted = failure;
    queue.add(uid);
    return true;
  }

  /** Something has left the node: a resize that waited for room may be granted now. */
  function wakeDeferred(): void {
    for (const [uid, record] of records) if (Object.keys(wantedResources(record)).length > 0) queue.add(uid);
  }

  function meet(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const record = records.get(uid);
    if (record === undefined) records.set(uid, newRecord(pod, checkpoints.get(uid), clock.now()));
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
    if (pod.metadata.deletionTimestamp !== undefined) context.images?.forget(uid);
    queue.add(uid);
  }

  function changed(change: HeldChange): void {
    for (const object of change.upserts) {
      if (object.kind === 'Pod') meet(object as unknown as Pod);
      else refresh(nameOfObject(object));
    }
    for (const key of change.deletions) {
      if (!key.startsWith('pods/')) {
        refresh(nameOfKey(key));
        continue;
      }
      const uid = key.slice(key.lastIndexOf('/') + 1);
      const record = records.get(uid);
      if (record === undefined) continue;
      record.wanted = false;
      context.images?.forget(uid);
      if (record.gone) records.delete(uid);
      queue.add(uid);
    }
  }

  /** Wakes the Pods that name an object that changed or went; their volumes are brought up to date. */
  function refresh(object: ObjectName | undefined): void {
    if (object === undefined) return;
    for (const [uid, record] of records) {
      if (!mentions(record.pod, object)) continue;
      record.volumes = false;
      record.problems.clear();
      queue.add(uid);
    }
  }

  let release: (() => void)[] = [];
  return {
    name: 'pods',
    async start() {
      release = [held.subscribe(changed), runtime.subscribe((uid) => queue.add(uid))];
      for (const object of held.all('pods')) meet(object as unknown as Pod);
    },
    async stop() {
      stopped = true;
      stopping.abort();
      for (const each of release) each();
      probing.stop();
      await queue.stop();
    },
    synced() {
      void adoptOrphans().catch((error: unknown) => log.error({ error: String(error) }, 'could not look for orphans'));
    },
    find(namespace, name, uid) {
      for (const record of records.values()) {
        const { metadata } = record.pod;
        if (
          metadata.namespace === namespace &&
          metadata.name === name &&
          (uid === undefined || uid === '' || metadata.uid === uid)
        )
          return record;
      }
      return undefined;
    },
    all: () =>
      [...records.values()].flatMap(({ wanted, pod, reported }) =>
        wanted ? [reported === undefined ? pod : { ...pod, status: reported }] : [],
      ),
    connected() {
      for (const [uid, record] of records) {
        if (record.refreshAt === undefined || record.refreshAt > clock.now() + tokenRetry) continue;
        record.volumes = false;
        queue.add(uid);
      }
    },
    active,
    evict,
    async stopAll(limit) {
      stopped = true;
      const { containers, sandboxes } = await runtime.list();
      const running = containers.filter((container) => container.state === 'running');
      const graceOf = (uid: string): number => records.get(uid)?.pod.spec.terminationGracePeriodSeconds ?? 30;
      await Promise.all(running.map(({ id, pod }) => runtime.stopContainer(id, Math.min(limit, graceOf(pod.uid)))));
      await Promise.all(sandboxes.map(({ uid }) => runtime.stopSandbox(uid)));
    },
    settled: () => queue.settled(),
  };

  /** Ends what runs here though the hub does not want it: it was taken away while this agent was not looking. */
  async function adoptOrphans(): Promise<void> {
    await options.files?.sweep((uid) => records.has(uid) || checkpoints.get(uid) !== undefined);
    const { sandboxes, containers } = await runtime.list();
    const left = [...sandboxes, ...containers.map((container) => container.pod), ...checkpoints.all()];
    for (const { uid, namespace, name } of left) {
      if (records.has(uid)) continue;
      const metadata = { uid, namespace, name, deletionGracePeriodSeconds: 30 };
      const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] } };
      records.set(uid, { ...newRecord(pod, checkpoints.get(uid), clock.now()), wanted: false });
      queue.add(uid);
    }
    const swept = await options.volumes.sweep((uid) => records.has(uid));
    if (swept.length > 0) log.info({ pods: swept.length }, 'removed the volumes of Pods nobody knows');
  }
}

/** True when two versions of a Pod ask for the same. */
function sameWish(a: Pod, b: Pod): boolean {
  const { resourceVersion: _before, ...before } = a.metadata;
  const { resourceVersion: _after, ...after } = b.metadata;
  return sameJson(before, after) && sameJson(a.spec, b.spec);
}
