/** Answers what a kubelet answers on its own port: logs of containers from here, documents of the node from elsewhere. */
import { channels } from '../../../hub/api/channels.ts';
import { ApiError, badRequest } from '../../../hub/api/errors.ts';
import type { KubeletHead, StreamRequest } from '../../../hub/api/link.ts';
import type { FramedStream } from '../../link/link.ts';
import { drained } from './drained.ts';
import { type LogsContext, serveLogs } from './logs.ts';

/** One answer. */
export interface NodeDocument extends KubeletHead {
  readonly body: string;
}

/** Makes the answer to GET of a path below the root (without its leading slash); undefined for one that is not there. */
export type NodeDocuments = (path: string) => Promise<NodeDocument | undefined>;

const textType = 'text/plain; charset=utf-8';
/** The longest frame of a body, in bytes. */
const piece = 64 * 1024;

/** Serves one request. Throws ApiError for logs that cannot be had. */
export async function serveKubelet(
  options: { readonly logs: LogsContext; readonly documents: NodeDocuments },
  request: StreamRequest,
  stream: FramedStream,
  signal: AbortSignal,
): Promise<void> {
  const path = pathOf(request);
  const [first, namespace = '', pod = '', container = '', ...more] = path.split('/');
  if (first === 'containerLogs' && container !== '' && more.length === 0) {
    const query = queryOf(request);
    const log = { ...request, namespace, pod, container, options: query };
    const begun = beginLate(stream, { status: 200, type: textType });
    await serveLogs(options.logs, log, begun, signal);
    return end(begun);
  }
  const document = (await options.documents(path)) ?? { status: 404, type: textType, body: '404 page not found\n' };
  begin(stream, { status: document.status, type: document.type });
  const body = Buffer.from(document.body);
  for (let at = 0; at < body.length && !signal.aborted; at += piece) {
    if (!stream.send(channels.stdout, body.subarray(at, at + piece))) await drained(stream, signal);
  }
  end(stream);
}

function end(stream: FramedStream): void {
  stream.send(channels.end, Buffer.from([channels.stdout]));
}

function begin(stream: FramedStream, head: KubeletHead): void {
  stream.send(channels.started, Buffer.alloc(0));
  stream.send(channels.head, Buffer.from(JSON.stringify(head)));
}

/** The stream, but its head goes out with its first frame: until then there may be an error instead. */
function beginLate(stream: FramedStream, head: KubeletHead): FramedStream {
  let hasBegun = false;
  return {
    ...stream,
    send(channel, data) {
      if (!hasBegun) begin(stream, head);
      hasBegun = true;
      return stream.send(channel, data);
    },
  };
}

function pathOf({ options }: StreamRequest): string {
  const { path = '' } = options;
  if (typeof path !== 'string') throw badRequest('a request has one path');
  try {
    return decodeURIComponent(path).replace(/^\/+|\/+$/g, '');
  } catch (error) {
    throw new ApiError('BadRequest', `invalid URL escape in ${JSON.stringify(path)}`, { cause: error });
  }
}

function queryOf({ options }: StreamRequest): Record<string, string> {
  const { query = '' } = options;
  return Object.fromEntries(new URLSearchParams(typeof query === 'string' ? query : ''));
}
