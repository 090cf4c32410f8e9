/** Finding the container somebody wants to work in: it must be the Pod's, and run. */
import { ApiError, badRequest, notFound } from '../../../hub/api/errors.ts';
import type { StreamRequest } from '../../../hub/api/link.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { knownContainer } from '../known-container.ts';
import type { PodRecord } from '../pod-record.ts';
import { containerNamed } from '../situation.ts';

/** What streams into containers need. */
export interface StreamContext {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly boot: string;
  find(namespace: string, name: string, uid?: string): PodRecord | undefined;
}

/** The Pod's record. Throws ApiError NotFound. */
export function podOf(context: StreamContext, request: StreamRequest): PodRecord {
  const record = context.find(request.namespace, request.pod, request.uid);
  if (record === undefined) throw notFound({ group: '', resource: 'pods' }, request.pod);
  return record;
}

/** The id of the running container a request names. Throws ApiError in the words of a kubelet. */
export async function liveContainer(context: StreamContext, request: StreamRequest): Promise<string> {
  const record = podOf(context, request);
  const { pod, checkpoint } = record;
  if (containerNamed(pod, request.container) === undefined)
    throw badRequest(`container ${request.container} is not valid for pod ${request.pod}`);
  const observed = await context.runtime.list(checkpoint.uid);
  const now = context.clock.now();
  const situation = { ...record, observed, boot: context.boot, now, refreshAt: now };
  const known = knownContainer(situation, request.container);
  if (known.phase === 'running') return known.checkpoint.id;
  const why = known.phase === 'exited' ? 'it has ended' : 'it has not been started yet';
  throw new ApiError(
    'InternalError',
    `unable to upgrade connection: container not found ("${request.container}"): ${why}`,
  );
}
