/** Answers the hub's requests for streams: dials, serves by kind, ends. A kind that is not served is refused by name. */
import { ApiError } from '../../../hub/api/errors.ts';
import type { StreamRequest } from '../../../hub/api/link.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { FramedStream, Link } from '../../link/link.ts';
import { serveExec } from './exec.ts';
import { servePorts } from './port-forward.ts';
import { type NodeDocuments, serveKubelet } from './kubelet-stream.ts';
import { type LogsContext, serveLogs, statusOf } from './logs.ts';

/** Frames of this channel carry a metav1.Status. */
const errorChannel = 3;

/** Streams under way. */
export interface Streams {
  /** Never throws; failures are told to the hub. */
  open(request: StreamRequest): void;
  /** Ends all streams; resolves when they have. */
  stop(): Promise<void>;
}

/** How many streams one node serves at a time. */
const limit = 64;

/** Makes the server of streams. */
export function createStreams(options: {
  dial: Link['dial'];
  logs: LogsContext;
  documents: NodeDocuments;
  log: Log;
}): Streams {
  const under = new Map<AbortController, Promise<void>>();

  async function serve(request: StreamRequest, stream: FramedStream, signal: AbortSignal): Promise<void> {
    if (under.size > limit) throw new ApiError('TooManyRequests', `this node already serves ${limit} streams`);
    switch (request.kind) {
      case 'logs':
        return serveLogs(options.logs, request, stream, signal);
      case 'exec':
      case 'attach':
        return serveExec(options.logs, request, stream, signal);
      case 'portforward':
        return servePorts(options.logs, request, stream, signal);
      case 'kubelet':
        return serveKubelet(options, request, stream, signal);
      default:
        throw new ApiError('MethodNotAllowed', `this node does not serve ${request.kind} yet`);
    }
  }

  async function carry(request: StreamRequest, controller: AbortController): Promise<void> {
    let stream: FramedStream;
    try {
      stream = await options.dial(request, controller.signal);
    } catch (error) {
      options.log.warn({ stream: request.kind, pod: request.pod, error: String(error) }, 'could not dial the hub');
      return;
    }
    stream.onClose(() => controller.abort());
    try {
      await serve(request, stream, controller.signal);
    } catch (error) {
      const status = statusOf(error);
      stream.send(errorChannel, Buffer.from(JSON.stringify(status.status())));
    } finally {
      stream.close();
    }
  }

  return {
    open(request) {
      const controller = new AbortController();
      const done = carry(request, controller).finally(() => under.delete(controller));
      under.set(controller, done);
    },
    async stop() {
      for (const controller of under.keys()) controller.abort();
      await Promise.all(under.values());
    },
  };
}
