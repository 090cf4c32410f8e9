/** Connections to other API servers: through the node of the Pod that listens, over TLS, as the front proxy. */
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { NodeStreams } from '../../api/node-streams.ts';
import type { User } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import { request } from '../../base/http.ts';
import { readAnswer } from '../../base/read-answer.ts';
import type { Registry } from '../../registry/registry.ts';
import { NodePorts } from '../proxy/node-ports.ts';
import { type Endpoint, endpointsOf } from './endpoints.ts';
import { identityFields } from './front-proxy.ts';
import type { RemoteApi } from './remote-apis.ts';

/** PEM of the front proxy's client certificate and its key. */
export interface ClientPair {
  readonly certificate: string;
  readonly key: string;
}

/** What a caller is made of. */
export interface CallerOptions {
  readonly registry: Pick<Registry, 'get' | 'entries'>;
  readonly streams: NodeStreams;
  readonly clock: Clock;
  /** The newest one, asked for each connection. */
  readonly client: () => ClientPair;
  /** In [0, 1). */
  readonly random: () => number;
}

/** An open connection, and the Host its requests name. */
export interface Connection {
  readonly socket: Duplex;
  readonly host: string;
}

/** One request of the hub's own. */
export interface Question {
  readonly method?: 'GET' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly accept: string;
  readonly user: User;
  /** False: whoever answers is believed. API: as the availability check does. */
  readonly verify: boolean;
}

/** What was answered, read to its end. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** API: so many milliseconds until both sides agreed on TLS. */
const handshakeLimit = 10_000;
/** How many endpoints are tried for one request. */
const attempts = 3;
/** A question takes at most this many milliseconds. API: discovery of other servers. */
const patience = 5_000;
/** Replies beyond this many bytes are refused. */
const biggestReply = 16 * 1024 * 1024;

/** Opens connections. Each is for one request: they are rare, and certificates change. */
export class RemoteCaller {
  readonly #options: CallerOptions;
  readonly #ports: NodePorts;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#ports = new NodePorts(options);
  }

  /** Where the server listens, in an order of chance. Throws ServiceUnavailable. */
  endpoints(api: RemoteApi): Endpoint[] {
    const found = endpointsOf(this.#options.registry, api);
    const first = Math.floor(this.#options.random() * found.length);
    return [...found.slice(first), ...found.slice(0, first)];
  }

  /** Connects to any endpoint that can be had. Rejects with why the last of them cannot. */
  async reach(api: RemoteApi): Promise<Connection> {
    let failure: unknown = new Error('there is no endpoint');
    for (const endpoint of this.endpoints(api).slice(0, attempts)) {
      try {
        return await this.connect(api, endpoint, true);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Connects to one endpoint. Rejects with why that cannot be. */
  async connect(api: RemoteApi, endpoint: Endpoint, verify: boolean): Promise<Connection> {
    const { host, port, owner } = endpoint;
    const carrier = owner === undefined ? connectTcp({ host, port }) : await this.#ports.connect(owner, port);
    const { certificate, key } = this.#options.client();
    const serverName = `${api.service.name}.${api.service.namespace}.svc`;
    const options: ConnectionOptions = {
      socket: carrier,
      cert: certificate,
      key,
      servername: serverName,
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: verify && !api.insecure,
      ...(api.ca === undefined ? {} : { ca: api.ca }),
    };
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(handshakeLimit, () =>
        carrier.destroy(new Error('TLS handshake timeout')),
      );
      carrier.once('close', cancel);
      carrier.on('error', reject);
      const socket = connectTls(options);
      socket.on('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
      socket.once('secureConnect', () => {
        cancel();
        resolve({ socket, host: `${isIP(host) === 6 ? `[${host}]` : host}:${port}` });
      });
    });
  }

  /** Asks the first endpoint. Rejects with why there is no answer; an answer of any status is one. */
  async ask(api: RemoteApi, question: Question, endpoint?: Endpoint): Promise<Reply> {
    const chosen = endpoint ?? this.endpoints(api)[0];
    if (chosen === undefined) throw new Error('there is no endpoint');
    const signal = AbortSignal.timeout(patience);
    const tooLong = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('context deadline exceeded')), { once: true }),
    );
    const connecting = this.connect(api, chosen, question.verify);
    try {
      const connection = await Promise.race([connecting, tooLong]);
      return await Promise.race([exchange(connection, question), tooLong]);
    } finally {
      connecting.then(
        ({ socket }) => socket.destroy(),
        () => {},
      );
      tooLong.catch(() => {});
    }
  }

  close(): void {
    this.#ports.close();
  }
}

function exchange({ socket, host }: Connection, { method = 'GET', path, accept, user }: Question): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = ['Host', host, 'Accept', accept, 'User-Agent', 'kube-aggregator', 'Connection', 'close'];
    headers.push(...identityFields(user));
    const asked = request({ method, path, setHost: false, headers, createConnection: () => socket }, (answer) => {
      const { statusCode: status = 0, headers } = answer;
      readAnswer(answer, biggestReply).then(
        (body) => resolve({ status, type: headers['content-type'] ?? '', body }),
        reject,
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}
