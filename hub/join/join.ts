/** The join endpoint (port 25000): tokens become certificates, and joined nodes renew, fetch and dial tunnels. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { ApiError, badRequest } from '../api/errors.ts';
import type { JoinRequest } from '../api/join.ts';
import type { StreamRequest } from '../api/link.ts';
import type { NodeStreams } from '../api/node-streams.ts';
import type { PodTokenRequest, RenewRequest } from '../api/node-requests.ts';
import { nodeOf, type User } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Log } from '../base/log.ts';
import { AddressFailures } from '../base/address-failures.ts';
import type { Authenticator, Authorizer, VirtualResource } from '../auth/auth.ts';
import type { NodeIdentities } from '../auth/node-identities.ts';
import { peerCertificate } from '../auth/peer.ts';
import type { Pki } from '../auth/pki.ts';
import type { Registry } from '../registry/registry.ts';
import { readBody, sendError, sendJson } from './body.ts';
import { type ClusterFacts, issueForNode, issueForToken, joinRequest, renewRequest } from './issue.ts';
import { fetchObjects, podToken, podTokenRequest } from './objects.ts';
import { JoinTokens } from './join-tokens.ts';
import { Tunnels } from './tunnels.ts';

/** What the join endpoint is made of. `facts` is asked at each join; its joinPort is replaced by the port listened on. */
export interface JoinOptions {
  readonly host: string;
  readonly port: number;
  readonly pki: Pki;
  readonly registry: Registry;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly identities: NodeIdentities;
  /** The `serviceaccounts/token` resource. */
  readonly tokenRequest: VirtualResource;
  /** Sends a stream request to a node; false when it is not connected. */
  readonly request: (node: string, request: StreamRequest) => boolean | Promise<boolean>;
  readonly facts: () => Omit<ClusterFacts, 'joinPort'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a node has to dial a tunnel, in milliseconds. */
  readonly patience?: number;
}

/** The running endpoint; `port` is known once it started. */
export type Join = Part & NodeStreams & { readonly port: number };

/** Who is on the other side of a connection, with the hash of its key. */
interface Caller {
  readonly user: User;
  readonly node: string;
  readonly keyHash: string;
}

/** Where a request goes. Throws BadRequest for what is no URL. */
function urlOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? '/', 'https://hub');
  if (url === null) throw badRequest('the path of the request is not a URL');
  return url;
}

/** The endpoint; `start` listens, `stop` ends every stream. */
export function createJoin(options: JoinOptions): Join {
  const { pki, registry, clock, log } = options;
  const tokens = new JoinTokens({ registry, clock });
  const tunnels = new Tunnels(options);
  const failures = new AddressFailures({ burst: 20, refill: 3000, clock });
  const facts = (): ClusterFacts => ({ ...options.facts(), joinPort: port() });
  const issue = { pki, tokens, identities: options.identities, facts, log };

  const context = (): SecureContextOptions => {
    const { key, certificate, ca } = pki.server();
    return { key, cert: certificate, ca, minVersion: 'TLSv1.2' };
  };

  /** API: Unauthorized without a node's certificate. */
  const callerOf = async (socket: TLSSocket): Promise<Caller> => {
    const certificate = peerCertificate(socket);
    if (certificate === undefined || certificate === 'refused') {
      throw new ApiError('Unauthorized', 'this needs the certificate of a node that joined');
    }
    const user = await options.authenticator.authenticate({ certificate });
    const node = nodeOf(user);
    if (node === undefined) throw new ApiError('Forbidden', 'this is for nodes only');
    return { user, node, keyHash: certificate.keyHash ?? '' };
  };

  const join = async (request: IncomingMessage): Promise<string> => {
    const address = request.socket.remoteAddress ?? '';
    if (!failures.allows(address)) {
      const details = { retryAfterSeconds: 3 };
      throw new ApiError('TooManyRequests', 'too many failed joins from this address: wait a few seconds', { details });
    }
    try {
      return JSON.stringify(await issueForToken(issue, await readBody<JoinRequest>(request, joinRequest)));
    } catch (error) {
      failures.failed(address);
      throw error;
    }
  };

  const routes: Readonly<Record<string, (request: IncomingMessage, url: URL) => Promise<string | Buffer>>> = {
    'POST /join': join,
    'POST /renew': async (request) => {
      const caller = await callerOf(request.socket as TLSSocket);
      return JSON.stringify(issueForNode(issue, caller, await readBody<RenewRequest>(request, renewRequest)));
    },
    'GET /objects': async (request, url) => {
      const { user } = await callerOf(request.socket as TLSSocket);
      return fetchObjects(options, user, url.searchParams.getAll('key'));
    },
    'POST /token': async (request) => {
      const { user } = await callerOf(request.socket as TLSSocket);
      return JSON.stringify(await podToken(options, user, await readBody<PodTokenRequest>(request, podTokenRequest)));
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const url = urlOf(request);
      const key = `${request.method} ${url.pathname}`;
      const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
      if (route === undefined)
        throw new ApiError('NotFound', 'there is nothing here: this port is for nodes that join');
      sendJson(response, 200, await route(request, url));
    } catch (error) {
      sendError(response, asApiError(error));
    }
  };

  const asApiError = (error: unknown): ApiError => {
    if (error instanceof ApiError) return error;
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a join request failed');
    return new ApiError('InternalError', 'the hub could not do this; its log says why');
  };

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy());
    try {
      const url = urlOf(request);
      const { node } = await callerOf(request.socket as TLSSocket);
      const id = url.searchParams.get('id') ?? '';
      if (url.pathname !== '/tunnel' || !tunnels.expects(id, node)) {
        throw new ApiError('NotFound', 'no such stream was asked of this node');
      }
      await tunnels.accept(id, request, socket, head);
    } catch (error) {
      const { code, message } = asApiError(error);
      socket.end(
        `HTTP/1.1 ${code} ${message.replace(/[^ -~]/g, ' ')}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
    }
  };

  let server: Server | undefined;
  let unsubscribe = (): void => {};
  const port = (): number => (server?.address() as AddressInfo | null | undefined)?.port ?? options.port;

  return {
    name: 'join endpoint',
    get port() {
      return port();
    },
    open: (node, request, signal) => tunnels.open(node, request, signal),
    async start() {
      const listening = createServer({
        ...context(),
        requestCert: true,
        rejectUnauthorized: false,
        handshakeTimeout: 10_000,
        headersTimeout: 10_000,
        requestTimeout: 20_000,
        maxHeaderSize: 32 * 1024,
      });
      server = listening;
      listening.on('request', (request, response) => void handle(request, response));
      listening.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));
      listening.on('tlsClientError', (error) => log.debug({ error: String(error) }, 'a TLS handshake failed'));
      unsubscribe = pki.onServerChange(() => listening.setSecureContext(context()));
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject);
        listening.listen(options.port, options.host, resolve);
      });
      await tokens.sweep();
    },
    async stop() {
      unsubscribe();
      tunnels.stop();
      const closed = new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
      server?.closeAllConnections();
      await closed;
    },
  };
}
