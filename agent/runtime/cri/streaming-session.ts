/**
 * Dialling the streaming server of a CRI runtime: the runtime answers Exec, Attach and PortForward with a URL that is good
 * for one connection. SPDY/3.1 is spoken there, since in the WebSocket protocols before v5 input cannot end by itself.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { SpdySession } from '../../../hub/base/spdy/session.ts';
import { request } from '../../../hub/base/http.ts';

/** The server is on this machine: milliseconds until it has answered. */
const patience = 30_000;
/** Bytes of a refusal that are shown. */
const longestRefusal = 1024;

/** Opens `url` for one of the subprotocols of the API. Rejects with an Error that says what the runtime answered. */
export async function dialStreaming(url: string, protocol: string): Promise<SpdySession> {
  const socket = await upgraded(url, protocol);
  socket.setNoDelay(true);
  return new SpdySession({ socket, ended() {} });
}

function upgraded(url: string, protocol: string): Promise<Socket> {
  const { protocol: scheme } = new URL(url);
  if (scheme !== 'http:')
    return Promise.reject(new Error(`the container runtime streams over ${scheme}//, only http:// is supported`));
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      headers: {
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version': protocol,
        'content-length': 0,
      },
      agent: false,
      timeout: patience,
    });
    asked.once('timeout', () => asked.destroy(new Error('the container runtime does not answer')));
    asked.once('error', reject);
    asked.once('response', (response) => void refusal(response).then(reject, reject));
    asked.once('upgrade', (response, socket: Socket, head) => {
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      const agreed = response.headers['x-stream-protocol-version'];
      if (agreed === protocol) return resolve(socket);
      socket.destroy();
      reject(new Error(`the container runtime speaks ${String(agreed)}, not ${protocol}`));
    });
    asked.end();
  });
}

async function refusal(response: IncomingMessage): Promise<Error> {
  let text = '';
  for await (const piece of response) {
    text += String(piece);
    if (text.length >= longestRefusal) break;
  }
  response.destroy();
  const words = text.slice(0, longestRefusal).trim();
  return new Error(`the container runtime refused to stream: ${words === '' ? response.statusCode : words}`);
}
