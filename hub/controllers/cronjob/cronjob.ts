/** CronJobs: makes a Job whenever the clock says so. */
import type { CronJob, CronJobStatus, Job } from '../../api/batch.ts';
import { isAlreadyExists, isConflict, isNamespaceTerminating, isNotFound } from '../../api/errors.ts';
import { controllerOf, type KubeObject } from '../../api/object.ts';
import { cronJobs, jobs } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { controllerReference } from '../claim.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import { writeStatus } from '../write-status.ts';
import { jobAt, keepBooks, type Note, type Start, takeTurn, withStarted } from './plan.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

const account = 'cronjob-controller';

class CronJobs {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf(account);
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = recorderOf(context, account);
  }

  async reconcile(key: string): Promise<Again> {
    const { registry, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const entry = registry.get(cronJobs, namespace, name);
    if (entry === undefined) return undefined;
    const cronJob = entry.object<CronJob>();
    const books = keepBooks(cronJob, this.#jobs(entry));
    this.#tell(cronJob, books.notes);
    if (cronJob.metadata.deletionTimestamp !== undefined) {
      await this.#write(entry, books.status);
      return undefined;
    }
    const schedule = this.#schedule(cronJob);
    const turn = schedule === undefined ? undefined : takeTurn(cronJob, books.status, schedule, clock.now());
    this.#tell(cronJob, turn?.notes ?? []);
    const made = turn?.start === undefined ? undefined : await this.#start(cronJob, turn.start);
    const { status } = books;
    await this.#write(
      entry,
      turn?.start !== undefined && made !== undefined ? withStarted(status, turn.start, made) : status,
    );
    for (const job of books.surplus) await this.#remove(cronJob, job.metadata.name ?? '', job.metadata.uid ?? '');
    return turn?.again;
  }

  #schedule(cronJob: CronJob): Schedule | undefined {
    const { schedule, timeZone, suspend } = cronJob.spec;
    if (suspend === true) return undefined;
    const parsed = parseSchedule(schedule, timeZone);
    if (typeof parsed !== 'string') return parsed;
    const [reason, message] =
      parsed === 'zone'
        ? ['UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}`]
        : ['UnparseableSchedule', `unparseable schedule: ${JSON.stringify(schedule)}`];
    this.#tell(cronJob, [{ type: 'Warning', reason, message }]);
    return undefined;
  }

  #jobs(entry: Entry): Job[] {
    return this.#context.registry
      .dependents(entry.uid)
      .filter((one) => one.info.resource === 'jobs')
      .map((one) => one.object<Job>())
      .filter((job) => controllerOf(job)?.uid === entry.uid);
  }

  /** The Job that was made, or had been made before; undefined when it cannot be. */
  async #start(cronJob: CronJob, start: Start): Promise<Job | undefined> {
    const { registry } = this.#context;
    const namespace = cronJob.metadata.namespace ?? '';
    for (const { name = '', uid = '' } of start.replace) await this.#remove(cronJob, name, uid);
    const job = jobAt(cronJob, start);
    job.metadata.ownerReferences = [controllerReference(cronJob)];
    try {
      const written = await registry.create(jobs, namespace, job as KubeObject, this.#writer);
      const message = `Created job ${start.name}`;
      this.#tell(cronJob, [{ type: 'Normal', reason: 'SuccessfulCreate', message }]);
      return written.entry.object<Job>();
    } catch (error) {
      if (isAlreadyExists(error)) {
        const there = registry.get(jobs, namespace, start.name)?.object<Job>();
        return there !== undefined && controllerOf(there)?.uid === cronJob.metadata.uid ? there : undefined;
      }
      if (isNamespaceTerminating(error)) return undefined;
      const message = `Error creating job: ${error instanceof Error ? error.message : String(error)}`;
      this.#tell(cronJob, [{ type: 'Warning', reason: 'FailedCreate', message }]);
      throw error;
    }
  }

  async #remove(cronJob: CronJob, name: string, uid: string): Promise<void> {
    const options = { ...this.#writer, propagationPolicy: 'Background', preconditions: { uid } } as const;
    try {
      await this.#context.registry.delete(jobs, cronJob.metadata.namespace ?? '', name, options);
      this.#tell(cronJob, [{ type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${name}` }]);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  #write({ namespace, name, uid }: Entry, status: CronJobStatus): Promise<void> {
    return writeStatus(this.#context.registry, { ref: cronJobs, namespace, name, uid }, status, this.#writer);
  }

  #tell(cronJob: CronJob, notes: readonly Note[]): void {
    for (const note of notes) this.#recorder.record({ about: cronJob, ...note });
  }
}

function* ownersOf(change: Change): Iterable<string> {
  const owner = controllerOf(change.entry.object());
  if (owner?.kind === 'CronJob') yield `${change.entry.namespace}/${owner.name}`;
}

/** Keeps CronJobs. A timer is set for the next time each is due, none for those that are suspended. */
export function createCronJobController(context: ControllerContext): Part {
  const controller = new CronJobs(context);
  return createController({
    name: 'cronjob',
    context,
    interests: [own(cronJobs), { ref: jobs, keys: ownersOf }],
    initial: () => allKeys(context, cronJobs),
    reconcile: (key) => controller.reconcile(key),
    workers: 8,
  });
}
