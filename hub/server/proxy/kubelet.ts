/** nodes/proxy to the node itself: what a kubelet answers on its own port, told by the agent through its tunnel. */
import { ApiError } from '../../api/errors.ts';
import { channels } from '../../api/channels.ts';
import type { KubeletHead } from '../../api/link.ts';
import type { NodeStream } from '../../api/node-streams.ts';
import type { Call } from '../call.ts';
import { headFields, sendError } from '../respond.ts';
import { noSuchMethod } from '../route.ts';
import type { Services } from '../services.ts';
import { dialNode } from '../streaming/dial.ts';
import { statusFrom } from '../streaming/terminal.ts';

/** Serves a request for `path` (with its leading slash, escapes untouched); resolves when the answer is under way. */
export async function serveKubelet(services: Services, call: Call, node: string, path: string): Promise<void> {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw noSuchMethod();
  const gone = new AbortController();
  call.res.on('close', () => gone.abort());
  const options = { path, query: call.search };
  const request = { kind: 'kubelet' as const, namespace: '', pod: '', uid: '', container: '', options };
  const stream = await dialNode(services.streams, node, request, gone.signal);
  relay(call, stream);
}

/** The head, then the body as fast as the client reads. */
function relay(call: Call, stream: NodeStream): void {
  const { res } = call;
  const fail = (message: string): void => {
    if (res.headersSent) res.destroy();
    else sendError(call, new ApiError('ServiceUnavailable', `error trying to reach service: ${message}`));
    stream.close();
  };
  res.on('drain', () => stream.resume());
  res.on('close', () => stream.close());
  stream.onClose((error) => {
    if (!res.writableEnded) fail(error?.message ?? 'the node hung up');
  });
  stream.onFrame((channel, data) => {
    if (channel === channels.head) {
      const { status, type } = JSON.parse(data.toString('utf8')) as KubeletHead;
      res.writeHead(status, headFields(call, type, -1));
    } else if (channel === channels.error) {
      const status = statusFrom(data);
      if (status.status !== 'Success') fail(status.message ?? 'the node could not go on');
    } else if (channel === channels.end) {
      // without it an answer that was cut off would look whole
      res.end();
      stream.close();
    } else if (channel === channels.stdout && res.headersSent && call.method !== 'HEAD' && !res.write(data)) {
      stream.pause();
    }
  });
}
