/** Who sends a request: the client certificate of its connection, or its bearer token. */
import type { TLSSocket } from 'node:tls';
import { ApiError } from '../api/errors.ts';
import type { User } from '../api/user.ts';
import type { Authenticator, Credentials } from '../auth/auth.ts';
import { peerCertificate } from '../auth/peer.ts';
import type { Call } from './call.ts';

/** What a connection's handshake showed, read once. `until`: when its certificate ends, in Unix milliseconds. */
interface Shown {
  readonly credentials: Credentials;
  readonly refused: boolean;
  readonly until: number;
}

const nothingShown: Shown = { credentials: {}, refused: false, until: Number.POSITIVE_INFINITY };

/** The bearer token a connection sent last: the same object again lets the authenticator recognise it at once. */
interface Sent {
  readonly header: string;
  readonly credentials: Credentials;
}

/** Reads credentials; remembers those of each TLS connection. */
export class Identities {
  readonly #authenticator: Authenticator;
  readonly #now: () => number;
  readonly #shown = new WeakMap<object, Shown>();
  readonly #sent = new WeakMap<object, Sent>();

  constructor(options: { authenticator: Authenticator; now: () => number }) {
    this.#authenticator = options.authenticator;
    this.#now = options.now;
  }

  /** The user behind a request; throws ApiError Unauthorized. */
  identify(call: Call): User | Promise<User> {
    const shown = this.#connection(call.req.socket as TLSSocket);
    const valid = !shown.refused && (shown.until === Number.POSITIVE_INFINITY || shown.until > this.#now());
    if (valid && shown.credentials.certificate !== undefined) {
      return this.#authenticator.authenticate(shown.credentials);
    }
    const { authorization } = call.req.headers;
    if (authorization !== undefined) {
      const credentials = this.#bearer(call.req.socket, authorization);
      if (credentials !== undefined) return this.#authenticator.authenticate(credentials);
    }
    if (!valid) throw new ApiError('Unauthorized', 'Unauthorized');
    return this.#authenticator.authenticate(shown.credentials);
  }

  #bearer(socket: object, header: string): Credentials | undefined {
    const sent = this.#sent.get(socket);
    if (sent?.header === header) return sent.credentials;
    const bearer = bearerOf(header);
    if (bearer === undefined) return undefined;
    const credentials = { bearer };
    this.#sent.set(socket, { header, credentials });
    return credentials;
  }

  #connection(socket: TLSSocket): Shown {
    let shown = this.#shown.get(socket);
    if (shown === undefined) {
      shown = shownBy(socket);
      this.#shown.set(socket, shown);
    }
    return shown;
  }
}

/** The token of an Authorization header; undefined when it is another kind of one. */
export function bearerOf(header: string): string | undefined {
  if (header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  const token = header.slice(7).trim();
  return token === '' ? undefined : token;
}

function shownBy(socket: TLSSocket): Shown {
  if (typeof socket.getPeerCertificate !== 'function') return nothingShown;
  const certificate = peerCertificate(socket);
  if (certificate === undefined) return nothingShown;
  if (certificate === 'refused') return { credentials: {}, refused: true, until: Number.POSITIVE_INFINITY };
  return { credentials: { certificate }, refused: false, until: Date.parse(socket.getPeerCertificate().valid_to) };
}
