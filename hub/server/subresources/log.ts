/** pods/log: what a container wrote, from its node, through the tunnel, to whoever asks. */
import { ApiError, notFound, type Status } from '../../api/errors.ts';
import type { NodeStream } from '../../api/node-streams.ts';
import type { Pod } from '../../api/pod.ts';
import { pods } from '../../api/resource.ts';
import type { Call } from '../call.ts';
import { containerOf, logOptions } from './log-options.ts';
import { headFields, sendError } from '../respond.ts';
import type { Services } from '../services.ts';
import { begun } from '../streaming/begun.ts';
import { logProtocol, sendLog } from '../streaming/log-websocket.ts';
import { wantedUpgrade } from '../streaming/upgrades.ts';

/** A follower that nothing is written for learns after this many milliseconds that its request was taken. */
const patience = 1000;
const errorChannel = 3;
const plain = 'text/plain';

/** Streams the log of one container until it ends or the client leaves. */
export async function serveLog(services: Services, call: Call): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const entry = services.registry.get(pods, target.namespace, target.name);
  if (entry === undefined) throw notFound(pods, target.name);
  const pod = entry.object<Pod>();
  const options = logOptions(call);
  const container = containerOf(pod, call.query.get('container') ?? '');
  const node = pod.spec.nodeName ?? '';
  const protocol = wantedUpgrade(call) === 'websocket' ? logProtocol(call) : undefined;
  if (node === '') {
    call.res.writeHead(200, headFields(call, plain, 0));
    call.res.end();
    return;
  }
  const gone = new AbortController();
  call.res.on('close', () => gone.abort());
  const request = {
    kind: 'logs' as const,
    namespace: entry.namespace,
    pod: entry.name,
    uid: entry.uid,
    container,
    options,
  };
  const stream = await services.streams.open(node, request, gone.signal);
  if (gone.signal.aborted) {
    stream.close();
    return;
  }
  if (protocol === undefined) relay(services, call, stream);
  else await sendLog(services, call, await begun(stream, services.clock, patience), protocol);
}

/** Frames to the body, as fast as the client reads. */
function relay(services: Services, call: Call, stream: NodeStream): void {
  const { res } = call;
  const begin = (): void => {
    if (!res.headersSent) res.writeHead(200, headFields(call, plain, -1));
  };
  const cancel = services.clock.after(patience, () => {
    begin();
    res.flushHeaders();
  });
  stream.onFrame((channel, data) => {
    if (channel === errorChannel) {
      fail(call, data);
      return;
    }
    begin();
    if (!res.write(data)) stream.pause();
  });
  res.on('drain', () => stream.resume());
  res.on('close', () => {
    cancel();
    stream.close();
  });
  stream.onClose((error) => {
    cancel();
    if (error !== undefined && !res.headersSent) {
      sendError(call, new ApiError('InternalError', `Internal error occurred: ${error.message}`, { cause: error }));
      return;
    }
    if (!res.writableEnded) {
      begin();
      res.end();
    }
  });
}

/** The node could not go on: its Status is the answer, or the last line of one that is under way. */
function fail(call: Call, data: Buffer): void {
  const { res } = call;
  let status: Partial<Status>;
  try {
    status = JSON.parse(data.toString('utf8')) as Partial<Status>;
  } catch {
    status = { message: data.toString('utf8') };
  }
  if (status.status === 'Success') return;
  const message = status.message ?? 'the node could not read the log';
  if (res.headersSent) {
    res.end(`${message}\n`);
    return;
  }
  sendError(
    call,
    new ApiError(status.reason || 'BadRequest', message, status.code === undefined ? {} : { code: status.code }),
  );
}
