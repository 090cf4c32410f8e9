/** Node's HTTP/2 over connections of ours, and its requests and responses in the form the verbs know. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type * as Http2 from 'node:http2';
import type { Socket } from 'node:net';

/** API: --http2-max-streams-per-connection. */
const streamsAtOnce = 250;
/** What a client may send of a body before it is read, in bytes. */
const window = 256 * 1024;
/** All header fields of a request together, in bytes: as much as HTTP/1.1 takes. */
const headerLimit = 16 * 1024;
/** Streams a client may reset at once, and each second from then on; more end its connection. */
const resets = { streamResetBurst: 1000, streamResetRate: 100 };

/** Fields of HTTP/1.1 that are about the connection, which HTTP/2 forbids. */
const ofConnections = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']);

/** Names and values in turns by name. */
function distinct(fields: readonly string[]): Record<string, string[]> {
  const all: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] as string;
    const values = all[name];
    if (values === undefined) all[name] = [fields[at + 1] as string];
    else values.push(fields[at + 1] as string);
  }
  return all;
}

/** A server that listens nowhere: it takes connections as `connection` events. `begun` is told of each. */
export function makeHttp2Server(
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  begun: (session: Http2.ServerHttp2Session) => void,
): Http2.Http2Server {
  // not imported: only hubs with such clients pay for it
  const { createServer, Http2ServerRequest, Http2ServerResponse } = process.getBuiltinModule('node:http2');
  const sockets = new WeakMap<Http2.Http2Session, Socket>();

  class Request extends Http2ServerRequest {}
  // the connection itself instead of one stand-in for each request: who sent them is remembered by it
  Object.defineProperty(Request.prototype, 'socket', {
    get(this: Request): Socket | undefined {
      const { session } = this.stream;
      return session === undefined ? undefined : sockets.get(session);
    },
  });
  // names more than once keep their values apart, as in HTTP/1.1
  Object.defineProperty(Request.prototype, 'headersDistinct', {
    get(this: Request): Record<string, string[]> {
      return distinct(this.rawHeaders);
    },
  });

  class Response extends Http2ServerResponse {
    /** As of HTTP/1.1: fields as names and values in turns, names more than once. */
    override writeHead(code: number, fields?: unknown): this {
      if (!Array.isArray(fields)) return super.writeHead(code, fields as OutgoingHttpHeaders);
      for (let at = 0; at + 1 < fields.length; at += 2) {
        const name = String(fields[at]);
        if (ofConnections.has(name.toLowerCase())) continue;
        if (this.hasHeader(name)) this.appendHeader(name, String(fields[at + 1]));
        else this.setHeader(name, String(fields[at + 1]));
      }
      return super.writeHead(code);
    }
  }

  const server = createServer({
    settings: { maxConcurrentStreams: streamsAtOnce, initialWindowSize: window, maxHeaderListSize: headerLimit },
    ...resets,
    Http2ServerRequest: Request,
    Http2ServerResponse: Response,
  });
  let taking: Socket | undefined;
  server.prependListener('connection', (socket: Socket) => {
    taking = socket;
  });
  server.on('session', (session) => {
    if (taking !== undefined) sockets.set(session, taking);
    taking = undefined;
    // a session that never had its settings acknowledged is held by Node itself: what it leads to would stay with it
    session.on('close', () => sockets.delete(session));
    begun(session);
  });
  server.on('request', (req, res) => handle(req as unknown as IncomingMessage, res as unknown as ServerResponse));
  return server;
}
