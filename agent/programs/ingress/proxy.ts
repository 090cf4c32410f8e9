/** One request from a client to a backend and its answer back, both as they flow; connections that change protocol as well. */
import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { request, statusTexts } from '../../../hub/base/http.ts';
import type { Endpoint } from './backends.ts';
import { answerHeaders, type Origin, requestHeaders } from './headers.ts';

/** How a request ended. */
export type Outcome = 'done' | 'unreachable' | 'timeout' | 'broken' | 'too large' | 'client gone';

/** What one request needs. */
export interface Passage {
  readonly incoming: IncomingMessage;
  readonly origin: Origin;
  /** The path with its query. */
  readonly asked: string;
  /** Tried one after the other until one takes the connection. */
  readonly endpoints: readonly Endpoint[];
  readonly agent: Agent;
  /** Milliseconds without a byte from the backend. */
  readonly timeout: number;
  /** Bytes of the request's body. */
  readonly maxBody: number;
}

/** The longest a connection to a backend may take, in milliseconds; the next one is tried then. */
const connectTimeout = 5000;

/** A request whose connection stands. */
interface Connected {
  readonly sent: ClientRequest;
  /** True for a connection that was used before: the backend may just be closing it. */
  readonly isOld: boolean;
}

/** Connects to the first endpoint that can be reached; undefined when none can. */
async function connect(
  passage: Passage,
  upgrade: string | undefined,
  isFresh: boolean,
): Promise<Connected | undefined> {
  const { incoming, origin, asked, endpoints, agent } = passage;
  const headers = requestHeaders(incoming.rawHeaders, origin, upgrade) as unknown as OutgoingHttpHeaders;
  for (const { host, port } of endpoints) {
    const sent = request({
      ...{ host, port, method: incoming.method ?? 'GET', path: asked, headers, setHost: false },
      agent: upgrade !== undefined || isFresh ? false : agent,
    });
    const isOld = await new Promise<boolean | undefined>((resolve) => {
      const failed = (): void => resolve(undefined);
      sent.once('error', failed);
      sent.once('socket', (socket: Socket) => {
        if (!socket.connecting) return resolve(true);
        const limit = setTimeout(() => sent.destroy(new Error('no connection')), connectTimeout);
        socket.once('close', () => clearTimeout(limit));
        socket.once('connect', () => {
          clearTimeout(limit);
          resolve(false);
        });
      });
    });
    if (isOld !== undefined) return { sent, isOld };
    // what fails after it failed is of no interest
    sent.on('error', () => {});
  }
  return undefined;
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Passes the request on and the answer back. The answer has not begun unless the outcome is `done`, `client gone` or `broken`. */
export async function pass(passage: Passage, response: ServerResponse): Promise<Outcome> {
  const { incoming, maxBody } = passage;
  if (Number(incoming.headers['content-length'] ?? 0) > maxBody) return 'too large';
  const connected = await connect(passage, undefined, false);
  if (connected === undefined) return 'unreachable';
  const outcome = await exchange(passage, connected.sent, response);
  // a kept connection that its backend was closing; without a body and an effect it is asked again, on a new one
  const isAskedAgain = outcome === 'broken' && connected.isOld && !response.headersSent && !hasBody(incoming);
  if (!isAskedAgain || !['GET', 'HEAD', 'OPTIONS'].includes(incoming.method ?? '')) return outcome;
  const again = await connect(passage, undefined, true);
  return again === undefined ? 'unreachable' : exchange(passage, again.sent, response);
}

function exchange(passage: Passage, sent: ClientRequest, response: ServerResponse): Promise<Outcome> {
  const { incoming, maxBody, timeout } = passage;
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      incoming.unpipe(sent);
      response.off('close', gone);
      if (outcome !== 'done') sent.destroy();
      resolve(outcome);
    };
    const gone = (): void => end(response.writableFinished ? 'done' : 'client gone');
    response.on('close', gone);
    sent.on('error', () => end('broken'));
    sent.setTimeout(timeout, () => end(response.headersSent ? 'broken' : 'timeout'));
    sent.on('response', (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', answerHeaders(answer.rawHeaders));
      response.flushHeaders();
      answer.on('error', () => end('broken'));
      answer.on('close', () => {
        if (!answer.complete) end('broken');
      });
      answer.pipe(response);
      response.on('finish', () => end('done'));
    });
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBody) end('too large');
    });
    if (hasBody(incoming)) incoming.pipe(sent);
    else sent.end();
  });
}

/** Passes on a request to change the protocol (WebSocket); afterwards bytes flow both ways until one side ends. */
export async function passUpgrade(passage: Passage, client: Duplex, head: Buffer): Promise<Outcome> {
  const connected = await connect(passage, passage.incoming.headers.upgrade, true);
  if (connected === undefined) return 'unreachable';
  const { sent } = connected;
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      sent.destroy();
      resolve(outcome);
    };
    client.on('error', () => client.destroy());
    client.on('close', () => end('client gone'));
    sent.on('error', () => end('broken'));
    sent.setTimeout(passage.timeout, () => end('timeout'));
    sent.on('response', (answer: IncomingMessage) => {
      // refused: its answer is told, and the connection ends with it
      const raw = [...answerHeaders(answer.rawHeaders), 'Connection', 'close'];
      client.write(firstLines(answer, raw));
      answer.pipe(client);
      answer.on('end', () => resolve('done'));
    });
    sent.on('upgrade', (answer: IncomingMessage, backend: Socket, first: Buffer) => {
      backend.setTimeout(0);
      backend.setKeepAlive(true, 30_000);
      backend.on('error', () => client.destroy());
      backend.on('close', () => client.destroy());
      client.on('close', () => backend.destroy());
      const protocol = answer.headers.upgrade ?? '';
      client.write(
        firstLines(answer, [...answerHeaders(answer.rawHeaders), 'Connection', 'Upgrade', 'Upgrade', protocol]),
      );
      if (first.length > 0) client.write(first);
      if (head.length > 0) backend.write(head);
      backend.pipe(client).pipe(backend);
      resolve('done');
    });
    sent.end();
  });
}

function firstLines({ statusCode = 502, statusMessage = '' }: IncomingMessage, raw: readonly string[]): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage || (statusTexts[statusCode] ?? '')}`];
  for (let index = 0; index < raw.length; index += 2) lines.push(`${raw[index] ?? ''}: ${raw[index + 1] ?? ''}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
