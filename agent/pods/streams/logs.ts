/** Serves `kubectl logs`: finds the attempt that is meant and sends its log down the tunnel as fast as it is taken. */
import { ApiError, badRequest, notFound } from '../../../hub/api/errors.ts';
import type { StreamRequest } from '../../../hub/api/link.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { FramedStream } from '../../link/link.ts';
import type { ContainerLog, Runtime } from '../../runtime/runtime.ts';
import { containerStatus } from '../status/container-status.ts';
import { drained } from './drained.ts';
import { knownContainer } from '../known-container.ts';
import { parseLogQuery } from './log-query.ts';
import type { PodRecord } from '../pod-record.ts';
import { containersOf, type Situation } from '../situation.ts';

/** What serving logs needs. */
export interface LogsContext {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly boot: string;
  find(namespace: string, name: string, uid?: string): PodRecord | undefined;
}

const stdout = 1;

/** Sends what `request` asks for; throws ApiError when there is no such log. */
export async function serveLogs(
  context: LogsContext,
  request: StreamRequest,
  stream: FramedStream,
  signal: AbortSignal,
): Promise<void> {
  const { previous, ...query } = parseLogQuery(request.options, context.clock.now());
  const log = await findLog(context, request, previous);
  for await (const piece of log.read(query, signal)) {
    if (signal.aborted) return;
    if (!stream.send(stdout, piece)) await drained(stream, signal);
  }
}

async function findLog(context: LogsContext, request: StreamRequest, previous: boolean): Promise<ContainerLog> {
  const record = context.find(request.namespace, request.pod, request.uid);
  if (record === undefined) throw notFound({ group: '', resource: 'pods' }, request.pod);
  const { pod, checkpoint } = record;
  const found = containersOf(pod).find(({ container: { name } }) => name === request.container);
  if (found === undefined) throw badRequest(`container ${request.container} is not valid for pod ${request.pod}`);
  const observed = await context.runtime.list(checkpoint.uid);
  const now = context.clock.now();
  const situation: Situation = { ...record, observed, boot: context.boot, now, refreshAt: now };
  const { container } = found;
  const known = knownContainer(situation, container.name);
  const status = containerStatus(situation, { ...found, known });
  const waiting = status.state?.waiting;
  if (previous)
    return previousLog(
      context,
      request,
      situation,
      known.phase === 'none' ? 0 : known.checkpoint.attempt,
      known.phase === 'exited' && waiting !== undefined,
    );
  const id = known.phase === 'running' || known.phase === 'exited' ? known.checkpoint.id : undefined;
  const log = id === undefined ? undefined : context.runtime.log(id);
  if (log !== undefined) return log;
  if (id !== undefined) throw badRequest(`unable to retrieve container logs for ${context.runtime.name}://${id}`);
  const why =
    waiting?.message === undefined || waiting.message === ''
      ? (waiting?.reason ?? 'ContainerCreating')
      : waiting.message;
  const text = waiting?.reason === 'ContainerCreating' || waiting?.reason === 'PodInitializing' ? waiting.reason : why;
  throw badRequest(`container "${container.name}" in pod "${request.pod}" is waiting to start: ${text}`);
}

/** The last attempt that ended: the newest one itself while it waits to be started again. */
function previousLog(
  context: LogsContext,
  request: StreamRequest,
  situation: Situation,
  attempt: number,
  waits: boolean,
): ContainerLog {
  const wanted = waits ? attempt : attempt - 1;
  const found = situation.observed.containers.find(
    (each) => each.name === request.container && each.attempt === wanted,
  );
  const log = found === undefined ? undefined : context.runtime.log(found.id);
  if (log !== undefined) return log;
  throw badRequest(`previous terminated container "${request.container}" in pod "${request.pod}" not found`);
}

/** Any error as the metav1.Status a client may see. */
export function statusOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('InternalError', error instanceof Error ? error.message : String(error), { cause: error });
}
