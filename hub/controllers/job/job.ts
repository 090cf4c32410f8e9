/** Jobs: runs Pods until enough of them have ended well, or too many badly. */
import { type JobStatus, ownJobManager } from '../../api/batch.ts';
import type { KubeObject } from '../../api/object.ts';
import { timestamp } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import { jobs } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import { claimPods, ownedPods } from '../owned-pods.ts';
import { PodControl, type Trouble } from '../pod-control.ts';
import { podInterest } from '../pod-interest.ts';
import { writeStatus } from '../write-status.ts';
import { type Assessment, assess } from './assess.ts';
import { type Ending, finalCondition } from './conditions.ts';
import { addEnded, type Failures, noFailures } from './job-backoff.ts';
import { type JobPod, jobPod, newJobPod, type SpecifiedJob, trackingFinalizer } from './job-pod.ts';
import { type JobWork, manage } from './manage.ts';
import { releasePods } from './release.ts';
import { settle, suspension, track } from './track.ts';
import { completion, untilDeadline, verdict } from './verdict.ts';

const account = 'job-controller';

/** One look at a Job and its Pods. */
interface World {
  readonly entry: Entry;
  readonly job: SpecifiedJob;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly state: Assessment;
}

class Jobs {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf(account);
  readonly #recorder: EventRecorder;
  readonly #pods: PodControl;
  readonly #known = new WeakMap<Entry, JobPod>();
  /** Failures in a row by uid of the Job. */
  readonly #failures = new Map<string, Failures>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = recorderOf(context, account);
    this.#pods = new PodControl(context.registry, this.#writer, this.#recorder);
  }

  async reconcile(key: string): Promise<Again> {
    const { namespace, name } = splitKey(key);
    const entry = this.#context.registry.get(jobs, namespace, name);
    const job = entry?.object<SpecifiedJob>();
    if (entry === undefined || job === undefined || (job.spec.managedBy ?? ownJobManager) !== ownJobManager)
      return undefined;
    if (finalCondition(job.status) !== undefined) {
      this.#failures.delete(entry.uid);
      await releasePods(this.#context, this.#writer, ownedPods(this.#context, entry));
      return undefined;
    }
    await this.#claim(entry, job);
    return this.#sync(this.#look(entry, job));
  }

  forget(uid: string): void {
    this.#failures.delete(uid);
  }

  async #sync(world: World): Promise<Again> {
    const { entry, job, state } = world;
    const { clock } = this.#context;
    const failures = this.#failuresOf(world);
    const early = verdict(job, state, clock.now());
    const runs = early === undefined && job.metadata.deletionTimestamp === undefined;
    const work: JobWork = runs
      ? manage(job, state, failures, clock.now())
      : { remove: early === undefined ? [] : state.active, create: [], again: undefined };
    // what is removed before the end was not at fault: it is not counted
    if (early === undefined) await releasePods(this.#context, this.#writer, entriesOf(world, work.remove));
    const removed = await this.#pods.removeAll(job as KubeObject, entriesOf(world, work.remove));
    const created = await this.#pods.createAll(job as KubeObject, work.create, (order) => newJobPod(job, order));
    const more = await this.#account(world, { early, failures, runs });
    const trouble: Trouble = removed ?? created;
    if (trouble !== undefined) throw new Error(trouble);
    if (more) return 1;
    const deadline = this.#context.registry.get(jobs, entry.namespace, entry.name)?.object<SpecifiedJob>();
    const left = deadline === undefined || early !== undefined ? undefined : untilDeadline(deadline, clock.now());
    const waits = [work.again, left].filter((one) => one !== undefined);
    return waits.length === 0 ? undefined : Math.max(1, Math.min(...waits));
  }

  /** Counts, frees what is counted, and says so in the status; true when there is more to count. */
  async #account(
    world: World,
    { early, failures, runs }: { early: Ending | undefined; failures: Failures; runs: boolean },
  ): Promise<boolean> {
    const { entry, job } = world;
    const { clock } = this.#context;
    const now = clock.now();
    const seen = this.#look(entry, job);
    const ending = early ?? (runs ? completion(job, seen.state) : undefined);
    const started = this.#started(job, now);
    const before = runs && ending === undefined ? suspension(job, started, now) : started;
    const state = early === undefined ? seen.state : world.state;
    const tracking = track({ job, state, seen: seen.state, ending, before, now });
    if (tracking.release.length > 0) {
      await this.#write(entry, tracking.status);
      this.#failures.set(entry.uid, failures);
      await releasePods(this.#context, this.#writer, entriesOf(world, tracking.release, seen));
    }
    const final = settle(this.#look(entry, job).state, ending, tracking.status, tracking.more, clock.now());
    await this.#write(entry, final);
    this.#tell(job, before, final);
    return tracking.more;
  }

  #started(job: SpecifiedJob, now: number): JobStatus {
    const status: JobStatus = { ...job.status };
    status.uncountedTerminatedPods ??= {};
    if (status.startTime === undefined && job.spec.suspend !== true) status.startTime = timestamp(now);
    return status;
  }

  #failuresOf({ entry, state }: World): Failures {
    const known = this.#failures.get(entry.uid);
    if (known !== undefined) return addEnded(known, state.newSucceeded, state.newFailed);
    const ended = (phase: string): JobPod[] => state.pods.filter(({ facts }) => facts.phase === phase);
    return addEnded(noFailures, ended('Succeeded'), ended('Failed'));
  }

  #look(entry: Entry, job: SpecifiedJob): World {
    const labels = labelSelectorMatcher(job.spec.selector);
    const owned = ownedPods(this.#context, entry).filter((pod) => labels.matches(pod.labels));
    const found = owned.map((pod) => this.#podOf(pod));
    return { entry, job, entries: new Map(owned.map((pod) => [pod.uid, pod])), state: assess(job, found) };
  }

  #podOf(entry: Entry): JobPod {
    let found = this.#known.get(entry);
    if (found === undefined) {
      found = jobPod(entry.object<Pod>(), this.#context.pods.of(entry));
      this.#known.set(entry, found);
    }
    return found;
  }

  async #claim(entry: Entry, job: SpecifiedJob): Promise<void> {
    const owner = job as KubeObject;
    const labels = labelSelectorMatcher(job.spec.selector);
    await claimPods(this.#context, { entry, owner, writer: this.#writer, labels, finalizer: trackingFinalizer });
  }

  #write({ namespace, name, uid }: Entry, status: JobStatus): Promise<void> {
    return writeStatus(this.#context.registry, { ref: jobs, namespace, name, uid }, status, this.#writer);
  }

  #tell(job: SpecifiedJob, before: JobStatus, after: JobStatus): void {
    const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      this.#recorder.record({ about: job as KubeObject, type, reason, message });
    const suspended = before.conditions?.find((one) => one.type === 'Suspended');
    if (
      suspended !== undefined &&
      !sameJson(
        suspended,
        job.status?.conditions?.find((one) => one.type === 'Suspended'),
      )
    ) {
      say('Normal', suspended.status === 'True' ? 'Suspended' : 'Resumed', suspended.message ?? '');
    }
    const final = finalCondition(after);
    if (final === undefined) return;
    if (final.type === 'Failed') {
      say('Warning', final.reason ?? '', final.message ?? '');
      return;
    }
    if ((after.succeeded ?? 0) > (job.spec.completions ?? Number.POSITIVE_INFINITY)) {
      say('Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached');
    }
    say('Normal', 'Completed', 'Job completed');
  }
}

/** The newest known entries of Pods. */
function entriesOf(world: World, wanted: readonly JobPod[], newer: World = world): Entry[] {
  return wanted
    .map((one) => newer.entries.get(one.uid) ?? world.entries.get(one.uid))
    .filter((one) => one !== undefined);
}

/** Keeps Jobs. */
export function createJobController(context: ControllerContext): Part {
  const controller = new Jobs(context);
  return createController({
    name: 'job',
    context,
    // API DefaultJobApiBackOff, MaxJobApiBackOff: what the API refuses it refuses a second later, too
    backoff: { first: 1000, limit: 60_000 },
    interests: [
      own(jobs),
      {
        ref: jobs,
        keys(change) {
          if (change.type === 'DELETED') controller.forget(change.entry.uid);
          return [];
        },
      },
      podInterest({
        context,
        ref: jobs,
        kind: 'Job',
        selectorOf: (entry) => entry.object<SpecifiedJob>().spec.selector,
      }),
    ],
    initial: () => allKeys(context, jobs),
    reconcile: (key) => controller.reconcile(key),
    workers: 8,
  });
}
