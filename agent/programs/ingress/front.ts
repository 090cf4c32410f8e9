/** The two ports of a node's ingress: takes requests, finds who answers, and answers itself where nobody does. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { Agent, createServer, statusTexts } from '../../../hub/base/http.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import { targetOf } from './address.ts';
import type { Endpoint } from './backends.ts';
import type { Origin } from './headers.ts';
import { type Outcome, pass, passUpgrade, type Passage } from './proxy.ts';
import type { Backend, Route } from './routes.ts';

/** What the ports ask and how they are set. */
export interface FrontOptions {
  readonly route: (host: string, path: string) => Route | undefined;
  /** Undefined: there is no such Service or port. */
  readonly endpoints: (backend: Backend) => readonly Endpoint[] | undefined;
  readonly certificate: (host: string) => Promise<SecureContext | undefined>;
  /** Ports; 0 takes a free one. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Where they listen; everywhere unless said. */
  readonly address?: string;
  /** Milliseconds a backend may be silent. */
  readonly timeout: number;
  /** Bytes of a request's body where its Ingress says nothing. */
  readonly maxBody: number;
  readonly accessLog: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a client is told when a request ended so. */
const answers: Partial<Record<Outcome, number>> = { unreachable: 502, timeout: 504, broken: 502, 'too large': 413 };

/** Connections of clients at once; above that they wait in the kernel or are refused. */
const mostConnections = 8192;

/** A request whose way is known, or the status that answers it. */
type Decision = { readonly passage: Passage } | { readonly code: number; readonly location?: string };

/** The ports. */
export class Front {
  readonly #options: FrontOptions;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 16, timeout: 30_000 });
  readonly #servers: Server[] = [];
  readonly #upgraded = new Set<Duplex>();

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  /** Listens on both; rejects when one is taken. Resolves with the ports they have. */
  async start(): Promise<{ http: number; https: number }> {
    const { certificate, httpPort, httpsPort } = this.#options;
    const secure = createTlsServer({
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => {
        certificate(name).then(
          (context) =>
            context === undefined ? done(new Error('nobody has a certificate for this name')) : done(null, context),
          done,
        );
      },
    });
    // nobody can be answered without a certificate, and what goes wrong in a handshake is the client's matter
    secure.on('tlsClientError', (_, socket) => socket.destroy());
    const http = await this.#listen(createServer(), httpPort, false);
    return { http, https: await this.#listen(secure, httpsPort, true) };
  }

  /** Takes no more connections and resolves when the requests under way are answered, or after `grace` milliseconds. */
  async stop(grace = 5000): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const server of this.#servers) server.closeIdleConnections();
    const cancel = this.#options.clock.after(grace, () => {
      for (const server of this.#servers) server.closeAllConnections();
    });
    for (const socket of this.#upgraded) socket.destroy();
    await Promise.all(closed);
    cancel();
    this.#agent.destroy();
  }

  async #listen(server: Server, port: number, isEncrypted: boolean): Promise<number> {
    server.maxConnections = mostConnections;
    server.headersTimeout = 20_000;
    // a body may come slowly as long as it comes: silence is what ends it
    server.requestTimeout = 0;
    server.keepAliveTimeout = 60_000;
    server.setTimeout(Math.max(this.#options.timeout * 2, 120_000));
    server.on('request', (incoming, response) => void this.#answer(incoming, response, isEncrypted));
    server.on('upgrade', (incoming, socket, head) => void this.#upgrade(incoming, { socket, head, isEncrypted }));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const { address } = this.#options;
      server.listen({ port, ...(address === undefined ? {} : { host: address }) }, resolve);
    });
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  #decide(incoming: IncomingMessage, isEncrypted: boolean): Decision {
    const target = targetOf(incoming.url ?? '', incoming.headers.host);
    if (target === undefined) return { code: 400 };
    const route = this.#options.route(target.host, target.path);
    if (route === undefined) return { code: 404 };
    if (route.redirect && !isEncrypted) {
      const { httpsPort } = this.#options;
      const port = httpsPort === 443 ? '' : `:${httpsPort}`;
      return { code: 308, location: `https://${target.host}${port}${target.asked}` };
    }
    const endpoints = route.backend === undefined ? undefined : this.#options.endpoints(route.backend);
    if (endpoints === undefined || endpoints.length === 0) return { code: 503 };
    const { remoteAddress: address = '', localPort: port = 0 } = incoming.socket;
    const origin: Origin = { address, port, isEncrypted };
    const { timeout } = this.#options;
    const maxBody = route.maxBody ?? this.#options.maxBody;
    return { passage: { incoming, origin, asked: target.asked, endpoints, agent: this.#agent, timeout, maxBody } };
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse, isEncrypted: boolean): Promise<void> {
    const began = this.#options.clock.now();
    const decision = this.#decide(incoming, isEncrypted);
    incoming.on('error', () => response.destroy());
    if ('passage' in decision) {
      const outcome = await pass(decision.passage, response);
      const code = answers[outcome];
      if (code !== undefined) {
        if (response.headersSent) response.destroy();
        else refuse(incoming, response, { code });
      }
    } else refuse(incoming, response, decision);
    if (!this.#options.accessLog) return;
    const { method, url, headers, socket } = incoming;
    const took = this.#options.clock.now() - began;
    const fields = { client: socket.remoteAddress, host: headers.host, method, url, code: response.statusCode, took };
    this.#options.log.info(fields, 'request');
  }

  async #upgrade(
    incoming: IncomingMessage,
    { socket, head, isEncrypted }: { socket: Duplex; head: Buffer; isEncrypted: boolean },
  ): Promise<void> {
    socket.on('error', () => socket.destroy());
    this.#upgraded.add(socket);
    socket.on('close', () => this.#upgraded.delete(socket));
    incoming.socket.setTimeout(0);
    incoming.socket.setKeepAlive(true, 30_000);
    const decision = this.#decide(incoming, isEncrypted);
    const answer =
      'passage' in decision ? { code: answers[await passUpgrade(decision.passage, socket, head)] } : decision;
    const { code } = answer;
    if (code === undefined) return;
    const location = 'location' in answer && answer.location !== undefined ? `Location: ${answer.location}\r\n` : '';
    socket.end(
      `HTTP/1.1 ${code} ${statusTexts[code] ?? ''}\r\n${location}Content-Length: 0\r\nConnection: close\r\n\r\n`,
    );
  }
}

/** The ingress's own answer; what is left of a body is not read, so the connection ends with it. */
function refuse(incoming: IncomingMessage, response: ServerResponse, to: { code: number; location?: string }): void {
  const { code, location } = to;
  const text = `${code} ${statusTexts[code] ?? ''}\n`;
  response.writeHead(code, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...(location === undefined ? {} : { Location: location }),
    ...(incoming.complete ? {} : { Connection: 'close' }),
  });
  response.end(text);
}
