/** The API server: HTTPS in front of the registry. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { customResourceDefinitions } from '../api/custom-resource.ts';
import type { Authenticator, Authorizer, VirtualResource } from '../auth/auth.ts';
import type { Clock } from '../base/clock.ts';
import type { Exposition } from '../base/metrics.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Log } from '../base/log.ts';
import type { NodeStreams } from '../api/node-streams.ts';
import type { Schemas } from '../kinds/schema.ts';
import { createConformer } from '../kinds/conform.ts';
import { Protobuf } from '../kinds/protobuf/protobuf.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Registry } from '../registry/registry.ts';
import type { Aggregation } from './aggregation/aggregation.ts';
import type { Auditor } from './audit/auditor.ts';
import type { DocumentSource } from './document.ts';
import { Encoder } from './encode.ts';
import { FlowControl } from './flow/flow-control.ts';
import { flowMetrics } from './flow/metrics.ts';
import { Handler } from './handler.ts';
import { type HealthCheck, ping } from './health.ts';
import { Http2Connections } from './http2/http2-connections.ts';
import { Identities } from './identity.ts';
import { RequestMetrics } from './metrics/request-metrics.ts';
import { serverMetrics } from './metrics/metrics.ts';
import { NodePorts } from './proxy/node-ports.ts';
import { type PathAction, Paths } from './paths.ts';
import type { Services } from './services.ts';
import { mayUpgrade, Upgrades } from './streaming/upgrades.ts';
import type { VersionInfo } from './version-info.ts';
import { virtualKey } from './subresources/virtual.ts';
import { WatchHub } from './watch/watch-hub.ts';

/** PEM texts. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/** What the API server is made of. */
export interface ServerOptions {
  readonly registry: Registry;
  readonly schemas: Schemas;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly virtuals: readonly VirtualResource[];
  readonly streams: NodeStreams;
  /** Groups of other servers; unset: there are none. */
  readonly aggregation?: Aggregation;
  /** Writes requests down; unset: nobody does. */
  readonly auditor?: Auditor;
  /** Discovery, OpenAPI, metrics, the issuer's keys: asked in this order. */
  readonly documents: readonly DocumentSource[];
  /** What a POST outside the resources sets going. */
  readonly actions?: readonly PathAction[];
  /** Checks beside `ping`. */
  readonly checks?: readonly HealthCheck[];
  readonly version: VersionInfo;
  readonly tls: ServerTls;
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** How many requests may be at work at once, shared out between the priority levels; 600 unless said. */
  readonly inFlight?: number;
  /** How many watches may be open, and how many connections; 10,000 unless said. */
  readonly watches?: number;
}

/** The API server as a part of the hub. */
export interface ApiServer extends Part {
  /** Where it listens; the port asked for until it does. */
  readonly port: number;
  /** Answers one request; also without a socket of its own. */
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** New certificates for connections to come. */
  setTls(tls: ServerTls): void;
  /** Writes requests, watches and objects in numbers. */
  metrics(into: Exposition): void;
}

/** A connection without a request is closed after this many milliseconds. */
const idleLimit = 180_000;
/** A client has this long to send a whole request, in milliseconds. */
const requestLimit = 60_000;
/** API: --max-requests-inflight and --max-mutating-requests-inflight together. */
const seats = 600;
/** Watches and connections at once: a connection holds about 90 KB, a watch on one of HTTP/2 with others 8 KB. */
const watchLimit = 10_000;
/** How long stop waits for answers under way, in milliseconds. */
const drainLimit = 2_000;

/** Makes the server; it listens after `start`. */
export function createServer(options: ServerOptions): ApiServer {
  const { registry, clock, log } = options;
  const encoder = new Encoder({ catalogue: registry.catalogue, served: registry.served });
  const watches = new WatchHub({
    encoder,
    clock,
    revision: () => registry.head().revision,
    limit: options.watches ?? watchLimit,
  });
  const virtuals = new Map(options.virtuals.map((one) => [virtualKey(one.group, one.resource, one.subresource), one]));
  const upgrades = new Upgrades();
  const ports = new NodePorts({ streams: options.streams, clock });
  const services: Services = {
    registry,
    schemas: options.schemas,
    conformer: createConformer(options.schemas),
    protobuf: new Protobuf(),
    authorizer: options.authorizer,
    encoder,
    watches,
    streams: options.streams,
    upgrades,
    ports,
    virtuals,
    aggregation: options.aggregation,
    clock,
    log,
  };
  const flows = new FlowControl({ registry, seats: options.inFlight ?? seats, clock });
  const requests = new RequestMetrics();
  const handler = new Handler({
    services,
    metrics: requests,
    auditor: options.auditor,
    identities: new Identities({ authenticator: options.authenticator, now: () => clock.now() }),
    flows,
    paths: new Paths({
      sources: options.documents,
      actions: options.actions ?? [],
      checks: [ping, ...(options.checks ?? [])],
      version: options.version,
    }),
  });
  const { catalogue } = registry;
  const isCurrent = (info: ResourceInfo): boolean =>
    info.custom === undefined || catalogue.find(info.group, info.version, info.resource) === info;
  const http2 = new Http2Connections({ handle: handler.handle, idle: idleLimit, clock });
  let unsubscribe = (): void => {};
  let server: Server | undefined;
  return {
    name: 'API server',
    get port() {
      const bound = server?.address() as AddressInfo | null | undefined;
      return bound?.port ?? options.port;
    },
    handle: (req, res) => handler.handle(req, res),
    setTls: (tls) => server?.setSecureContext(contextOf(tls)),
    metrics(into) {
      requests.write(into);
      flowMetrics(flows, into);
      serverMetrics({ registry, inFlight: handler.inFlight, watches, streams: requests.streams + upgrades.size }, into);
    },
    async start() {
      flows.start();
      unsubscribe = registry.subscribe(customResourceDefinitions, () => watches.endOutdated(isCurrent));
      server = listener(options.tls, handler.handle, {
        other: (socket) => http2.take(socket),
        mayUpgrade: (req) => mayUpgrade(req) || mayUpgradeThere(req, options.aggregation),
      });
      server.maxConnections = options.watches ?? watchLimit;
      server.on('upgrade', (req, socket, head) =>
        handler.handle(req, upgrades.response(req, socket), { socket, head }),
      );
      await listen(server, options.port, options.address);
    },
    async stop() {
      unsubscribe();
      flows.stop();
      handler.inFlight.close();
      watches.close();
      upgrades.close();
      ports.close();
      if (server === undefined) return;
      await Promise.all([close(server, clock), http2.close(drainLimit)]);
    },
  };
}

function contextOf(tls: ServerTls): { cert: string; key: string; ca: string } {
  return { cert: tls.cert, key: tls.key, ca: tls.clientCa };
}

/** What other servers answer may become whatever they say; a body only plain HTTP would still read. */
function mayUpgradeThere(req: IncomingMessage, aggregation: Aggregation | undefined): boolean {
  if (aggregation === undefined || aggregation.apis.size === 0 || hasBody(req)) return false;
  return aggregation.apis.at((req.url ?? '').replace(/\?.*$/s, '')) !== undefined;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** What becomes of connections that are, or stop being, no HTTP/1.1. */
interface Others {
  /** Takes a connection whose client agreed on HTTP/2. */
  readonly other: (socket: TLSSocket) => void;
  readonly mayUpgrade: (req: IncomingMessage) => boolean;
}

function listener(
  tls: ServerTls,
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  { other, mayUpgrade: upgradable }: Others,
): Server {
  const server = createHttpsServer(
    {
      ...contextOf(tls),
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2', 'http/1.1'],
      keepAliveTimeout: idleLimit,
      requestTimeout: requestLimit,
      noDelay: true,
      shouldUpgradeCallback: upgradable,
    },
    (req, res) => handle(req, res),
  );
  const usual = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket) => {
    if (socket.alpnProtocol === 'h2') other(socket);
    else for (const one of usual) one.call(server, socket);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(drainLimit, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
