/** Connections that stop being HTTP: what was asked of them, the two ways they change, and those that are open. */
import type { IncomingMessage, ServerResponse as NodeResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { ServerResponse, statusTexts } from '../../base/http.ts';
import type { Call } from '../call.ts';
import type { Upgrade } from './upgrade.ts';

/** The longest WebSocket message, in bytes. */
const longestMessage = 4 * 1024 * 1024;
const keepAlive = 30_000;

/** What the client wants its connection to become; undefined when it wants HTTP. */
export function wantedUpgrade(call: Call): 'websocket' | 'spdy' | 'other' | undefined {
  if (call.upgrade === undefined) return undefined;
  const wanted = (call.req.headers.upgrade ?? '').toLowerCase();
  if (wanted === 'websocket') return 'websocket';
  return wanted === 'spdy/3.1' ? 'spdy' : 'other';
}

/** True for requests whose path may be upgraded: everywhere else an Upgrade header is only an offer nobody takes. */
export function mayUpgrade(req: IncomingMessage): boolean {
  const url = req.url ?? '';
  // what is proxied may have a body, which only plain HTTP would still read
  return /\/(exec|attach|portforward|log)(\?|$)/.test(url) || (req.method === 'GET' && /\/proxy([/?]|$)/.test(url));
}

/** All upgraded connections of the server. */
export class Upgrades {
  readonly #open = new Set<Duplex>();
  readonly #chosen = new WeakMap<IncomingMessage, string>();
  #upgraded = 0;
  #server: Promise<WebSocketServer> | undefined;

  /** Connections that are no HTTP any more. */
  get size(): number {
    return this.#upgraded;
  }

  /** The response through which a request is answered as long as its connection is HTTP. */
  response(req: IncomingMessage, socket: Duplex): NodeResponse {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    socket.on('error', () => socket.destroy());
    const res = new ServerResponse(req);
    res.shouldKeepAlive = false;
    res.assignSocket(socket as Parameters<NodeResponse['assignSocket']>[0]);
    res.on('finish', () => socket.end());
    return res;
  }

  /** Ends HTTP on the call's connection. */
  #take(call: Call, upgrade: Upgrade): Duplex {
    const socket = upgrade.socket as Parameters<NodeResponse['detachSocket']>[0];
    call.res.statusCode = 101;
    call.audit?.started();
    call.res.detachSocket(socket);
    this.#upgraded += 1;
    socket.once('close', () => {
      this.#upgraded -= 1;
    });
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAlive);
    return socket;
  }

  /** Answers 101 by hand and hands the bytes over. */
  raw(call: Call, upgrade: Upgrade, fields: readonly (readonly [string, string])[]): Duplex {
    const socket = this.#take(call, upgrade);
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 101 ${statusTexts[101]}\r\nConnection: Upgrade\r\n${lines.join('')}\r\n`);
    if (upgrade.head.length > 0) socket.unshift(upgrade.head);
    return socket;
  }

  /** Makes the connection a WebSocket that speaks `protocol` (none when empty). Rejects when the handshake fails; then it is answered. */
  async webSocket(call: Call, upgrade: Upgrade, protocol: string): Promise<WebSocket> {
    const server = await this.#webSockets();
    const socket = this.#take(call, upgrade);
    return new Promise((resolve, reject) => {
      socket.once('close', () => reject(new Error('the client left')));
      this.#chosen.set(call.req, protocol);
      server.handleUpgrade(call.req, socket, upgrade.head, resolve);
    });
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Loaded with the first one: a hub nobody watches does without. */
  #webSockets(): Promise<WebSocketServer> {
    this.#server ??= import('ws').then(
      ({ WebSocketServer }) =>
        new WebSocketServer({
          noServer: true,
          maxPayload: longestMessage,
          perMessageDeflate: false,
          clientTracking: false,
          handleProtocols: (_offered, req) => this.#chosen.get(req) || false,
        }),
    );
    return this.#server;
  }
}
