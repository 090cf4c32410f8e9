/** HTTPS to the hub's port 25000: the chain is checked against the pinned CA before a byte of a request is sent. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { exchange } from './http-exchange.ts';
import { distrust, type Pin } from './hub-trust.ts';

/** Where the hub is, what it is known by, and who asks (nobody, before joining). */
export interface HubAddress {
  readonly host: string;
  readonly port: number;
  readonly pin: Pin;
  /** PEM. */
  readonly client?: { readonly key: string; readonly certificate: string };
}

/** One request; the answer's body is at most `longestAnswer` bytes. */
export interface HubRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/**
 * Why the hub could not be asked, or what it refused, in one sentence. `code` is the HTTP status where there was one;
 * `isImpostor`: somebody answered who is not the pinned hub.
 */
export class HubError extends Error {
  readonly code: number | undefined;
  readonly isImpostor: boolean;

  constructor(message: string, options: { code?: number; isImpostor?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.isImpostor = options.isImpostor ?? false;
  }
}

/** Longest wait for the hub, in milliseconds. */
const patience = 15_000;
const longestAnswer = 64 * 1024 * 1024;

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && chain.length < 10) {
    chain.push(new X509Certificate(next.raw));
    const issuer: DetailedPeerCertificate | undefined = next.issuerCertificate;
    next = issuer === next ? undefined : issuer;
  }
  return chain;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to that address',
  ENETUNREACH: 'there is no way to that address',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up now',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closed the connection',
};

function unreachable({ host, port }: HubAddress, error: unknown): HubError {
  if (error instanceof HubError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new HubError(`cannot talk to the hub at ${host}:${port}: ${why}`, { cause: error });
}

/** A TLS connection to the hub whose chain was checked; rejects with HubError, and then nothing was sent over it. */
export function connectHub(hub: HubAddress, signal?: AbortSignal): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({
    host: hub.host,
    port: hub.port,
    ...(isIP(hub.host) === 0 ? { servername: hub.host } : {}),
    ...(hub.client === undefined ? {} : { key: hub.client.key, cert: hub.client.certificate }),
    minVersion: 'TLSv1.2',
    // judged by distrust() below, before anything is written
    rejectUnauthorized: false,
  });
  const fail = (error: unknown): void => {
    socket.destroy();
    reject(unreachable(hub, error));
  };
  const abort = (): void => fail(new HubError('cancelled'));
  signal?.addEventListener('abort', abort, { once: true });
  socket.setTimeout(patience, () => fail(new HubError(`the hub at ${hub.host}:${hub.port} does not answer`)));
  socket.once('error', fail);
  socket.once('secureConnect', () => {
    signal?.removeEventListener('abort', abort);
    const why = distrust(chainOf(socket), hub.pin);
    if (why !== undefined) {
      const message = `${hub.host}:${hub.port} is not the hub you meant: ${why}. Nothing was sent`;
      return fail(new HubError(message, { isImpostor: true }));
    }
    socket.setTimeout(0);
    socket.off('error', fail);
    return resolve(socket);
  });
  return promise;
}

function refusal(code: number, text: string): HubError {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return new HubError(message, { code });
  } catch {
    // not a Status: the code says what there is to say
  }
  return new HubError(`the hub answered ${code}`, { code });
}

/** Asks the hub one thing and answers the decoded JSON; rejects with HubError, whose message is one clear sentence. */
export async function askHub<T>(hub: HubAddress, ask: HubRequest): Promise<T> {
  const socket = await connectHub(hub, ask.signal);
  const body = ask.body === undefined ? undefined : Buffer.from(JSON.stringify(ask.body));
  const host = hub.host.includes(':') ? `[${hub.host}]` : hub.host;
  const abort = (): void => void socket.destroy(new HubError('cancelled'));
  ask.signal?.addEventListener('abort', abort, { once: true });
  socket.setTimeout(patience, () => socket.destroy(new HubError(`the hub at ${hub.host}:${hub.port} does not answer`)));
  try {
    const answer = await exchange(socket, {
      method: ask.method,
      path: ask.path,
      host: `${host}:${hub.port}`,
      limit: longestAnswer,
      ...(body === undefined ? {} : { body }),
    });
    const text = answer.body.toString('utf8');
    if (answer.code !== 200) throw refusal(answer.code, text);
    return decodeAnswer<T>(text);
  } catch (error) {
    throw unreachable(hub, error);
  } finally {
    ask.signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function decodeAnswer<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new HubError('the answer of the hub is not JSON', { cause });
  }
}
