/** The requests of devices that join and of nodes that have joined, by what they ask for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ApiError, badRequest } from '../api/errors.ts';
import type { JoinRequest } from '../api/join.ts';
import type { PodTokenRequest, RenewRequest } from '../api/node-requests.ts';
import type { Authenticator, Authorizer, VirtualResource } from '../auth/auth.ts';
import { AddressFailures } from '../base/address-failures.ts';
import type { Clock } from '../base/clock.ts';
import type { Registry } from '../registry/registry.ts';
import { readBody, sendError, sendJson } from './body.ts';
import { callerOf } from './caller.ts';
import { issueForNode, issueForToken, type IssueOptions, joinRequest, renewRequest } from './issue.ts';
import { fetchObjects, podToken, podTokenRequest } from './objects.ts';
import type { Tunnels } from './tunnels.ts';

/** What answering takes. */
export interface JoinRequestsOptions extends IssueOptions {
  readonly registry: Pick<Registry, 'get'>;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** The `serviceaccounts/token` resource. */
  readonly tokenRequest: VirtualResource;
  readonly tunnels: Tunnels;
  readonly clock: Clock;
}

/** Answers a request with JSON, or bytes that are. */
type Route = (request: IncomingMessage, url: URL) => Promise<string | Buffer>;

/** Answers requests. */
export class JoinRequests {
  readonly #options: JoinRequestsOptions;
  readonly #failures: AddressFailures;
  readonly #routes: Readonly<Record<string, Route>> = {
    'POST /join': (request) => this.#join(request),
    'POST /renew': async (request) => {
      const caller = await this.#caller(request);
      return JSON.stringify(issueForNode(this.#options, caller, await readBody<RenewRequest>(request, renewRequest)));
    },
    'GET /objects': async (request, url) => {
      const { user } = await this.#caller(request);
      return fetchObjects(this.#options, user, url.searchParams.getAll('key'));
    },
    'POST /token': async (request) => {
      const { user } = await this.#caller(request);
      const wanted = await readBody<PodTokenRequest>(request, podTokenRequest);
      return JSON.stringify(await podToken(this.#options, user, wanted));
    },
  };

  constructor(options: JoinRequestsOptions) {
    this.#options = options;
    this.#failures = new AddressFailures({ burst: 20, refill: 3000, clock: options.clock });
  }

  /** Never rejects: what fails is answered. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = urlOf(request);
      const key = `${request.method} ${url.pathname}`;
      const route = Object.hasOwn(this.#routes, key) ? this.#routes[key] : undefined;
      if (route === undefined)
        throw new ApiError('NotFound', 'there is nothing here: this port is for nodes that join');
      sendJson(response, 200, await route(request, url));
    } catch (error) {
      sendError(response, this.#apiError(error));
    }
  }

  /** The same for a node that dials a tunnel. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const url = urlOf(request);
      const { node } = await this.#caller(request);
      const id = url.searchParams.get('id') ?? '';
      if (url.pathname !== '/tunnel' || !this.#options.tunnels.expects(id, node)) {
        throw new ApiError('NotFound', 'no such stream was asked of this node');
      }
      await this.#options.tunnels.accept(id, request, socket, head);
    } catch (error) {
      const { code, message } = this.#apiError(error);
      socket.end(
        `HTTP/1.1 ${code} ${message.replace(/[^ -~]/g, ' ')}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
    }
  }

  #caller(request: IncomingMessage): ReturnType<typeof callerOf> {
    return callerOf(this.#options.authenticator, request.socket as TLSSocket);
  }

  async #join(request: IncomingMessage): Promise<string> {
    const address = request.socket.remoteAddress ?? '';
    if (!this.#failures.allows(address)) {
      const details = { retryAfterSeconds: 3 };
      throw new ApiError('TooManyRequests', 'too many failed joins from this address: wait a few seconds', { details });
    }
    try {
      return JSON.stringify(await issueForToken(this.#options, await readBody<JoinRequest>(request, joinRequest)));
    } catch (error) {
      this.#failures.failed(address);
      throw error;
    }
  }

  #apiError(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    const told = error instanceof Error ? error.stack : String(error);
    this.#options.log.error({ error: told }, 'a join request failed');
    return new ApiError('InternalError', 'the hub could not do this; its log says why');
  }
}

/** Where a request goes. Throws BadRequest for what is no URL. */
function urlOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? '/', 'https://hub');
  if (url === null) throw badRequest('the path of the request is not a URL');
  return url;
}
