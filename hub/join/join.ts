/** The join endpoint (port 25000): tokens become certificates, and joined nodes renew, fetch and dial tunnels. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { StreamRequest } from '../api/link.ts';
import type { NodeStreams } from '../api/node-streams.ts';
import type { Clock } from '../base/clock.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Log } from '../base/log.ts';
import type { Authenticator, Authorizer, VirtualResource } from '../auth/auth.ts';
import type { NodeIdentities } from '../auth/node-identities.ts';
import type { Pki } from '../auth/pki.ts';
import type { Registry } from '../registry/registry.ts';
import type { ClusterFacts } from './issue.ts';
import { JoinRequests } from './join-requests.ts';
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

/** The endpoint; `start` listens, `stop` ends every stream. */
export function createJoin(options: JoinOptions): Join {
  const { pki, registry, clock, log } = options;
  const tokens = new JoinTokens({ registry, clock });
  const tunnels = new Tunnels(options);
  const facts = (): ClusterFacts => ({ ...options.facts(), joinPort: port() });
  const requests = new JoinRequests({ ...options, tokens, tunnels, facts });
  const context = (): SecureContextOptions => {
    const { key, certificate, ca } = pki.server();
    return { key, cert: certificate, ca, minVersion: 'TLSv1.2' };
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
      listening.on('request', (request, response) => void requests.handle(request, response));
      listening.on('upgrade', (request, socket, head) => void requests.upgrade(request, socket, head));
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
