/** Removes Jobs some time after they ended. API: spec.ttlSecondsAfterFinished. */
import { isConflict, isNotFound } from '../../api/errors.ts';
import { jobs } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import { finalCondition } from './conditions.ts';
import type { SpecifiedJob } from './job-pod.ts';

/** When a Job may go (Unix milliseconds); undefined when it runs, is going, or stays. */
export function expiryOf(job: SpecifiedJob): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  if (ttlSecondsAfterFinished === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  const ended = Date.parse(finalCondition(job.status)?.lastTransitionTime ?? '');
  return ended > 0 ? ended + ttlSecondsAfterFinished * 1000 : undefined;
}

/** Lets finished Jobs go when their time is over. */
export function createJobTtlController(context: ControllerContext): Part {
  const { registry, clock } = context;
  const writer = writerOf('ttl-after-finished-controller');
  return createController({
    name: 'job-ttl',
    context,
    interests: [own(jobs)],
    initial: () => allKeys(context, jobs),
    async reconcile(key): Promise<Again> {
      const { namespace, name } = splitKey(key);
      const entry = registry.get(jobs, namespace, name);
      const expiry = entry === undefined ? undefined : expiryOf(entry.object<SpecifiedJob>());
      if (entry === undefined || expiry === undefined) return undefined;
      const left = expiry - clock.now();
      if (left > 0) return left;
      const preconditions = { uid: entry.uid };
      try {
        await registry.delete(jobs, namespace, name, { ...writer, propagationPolicy: 'Foreground', preconditions });
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
      return undefined;
    },
  });
}
