/** Requests of a program in a Pod to the API, with its ServiceAccount's token, bounded in time and size. */
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { ApiError, type Reason, reasonCodes, type Status } from '../../../hub/api/errors.ts';
import { readAnswer } from '../../../hub/base/read-answer.ts';
import type { Access } from './in-cluster.ts';

/** What goes with a request. */
export interface RequestOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Media type of the body; `application/json` unless said. */
  readonly type?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds until the answer must be whole. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** The media types of patches. */
export const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** The largest answer that is taken, in bytes; lists come in pages. */
const largest = 64 * 2 ** 20;
const usualTimeout = 30_000;

/** The API as a program sees it. */
export class ApiClient {
  readonly #access: Access;
  readonly #name: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4, maxFreeSockets: 1 });

  /** `name` is the program's: it stands in audit logs and is the field manager of what it writes. */
  constructor(options: { access: Access; name: string }) {
    this.#access = options.access;
    this.#name = options.name;
  }

  /** The Pod's own namespace. */
  get namespace(): string {
    return this.#access.namespace;
  }

  /** GET, parsed. Rejects with ApiError for an answer that is no success, with Error when there is none. */
  get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.#whole('GET', path, options);
  }

  /** POST. */
  create<T>(path: string, body: object, options: RequestOptions = {}): Promise<T> {
    return this.#whole('POST', path, { ...options, body });
  }

  /** PUT: the whole object; its resourceVersion is a precondition. */
  update<T>(path: string, body: object, options: RequestOptions = {}): Promise<T> {
    return this.#whole('PUT', path, { ...options, body });
  }

  /** PATCH; `type` is one of `patchTypes`, merge unless said. */
  patch<T>(path: string, body: object, options: RequestOptions = {}): Promise<T> {
    return this.#whole('PATCH', path, { type: patchTypes.merge, ...options, body });
  }

  /** DELETE. */
  delete<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.#whole('DELETE', path, options);
  }

  /** A GET whose answer is read while it comes. Rejects like `get`; the caller ends the answer. */
  async stream(path: string, options: RequestOptions = {}): Promise<IncomingMessage> {
    // streams stay: they must not keep requests from their connections
    const answer = await this.#send('GET', path, options, false);
    if (answer.statusCode === 200) return answer;
    throw failure(answer.statusCode ?? 0, (await readAnswer(answer, largest)).toString());
  }

  /** Lets go of the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  async #whole<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const limit = AbortSignal.timeout(options.timeout ?? usualTimeout);
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
    const answer = await this.#send(method, path, { ...options, signal });
    const text = (await readAnswer(answer, largest)).toString();
    const code = answer.statusCode ?? 0;
    if (code < 200 || code >= 300) throw failure(code, text);
    return JSON.parse(text) as T;
  }

  async #send(
    method: string,
    path: string,
    options: RequestOptions,
    agent: Agent | false = this.#agent,
  ): Promise<IncomingMessage> {
    const { host, port, ca } = this.#access;
    const data = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${await this.#access.token()}`,
      'user-agent': this.#name,
      ...(data === undefined
        ? {}
        : { 'content-type': options.type ?? 'application/json', 'content-length': data.length }),
    };
    const query = new URLSearchParams(
      Object.entries(options.query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
    );
    const asked = query.size === 0 ? path : `${path}?${query.toString()}`;
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const how = { host, port, ca, method, path: asked, headers, agent };
      const sent = request({ ...how, ...(signal === undefined ? {} : { signal }) }, resolve);
      sent.on('error', reject);
      sent.end(data);
    });
  }
}

/** The ApiError an answer stands for. */
function failure(code: number, text: string): ApiError {
  let status: Partial<Status> = {};
  try {
    status = JSON.parse(text) as Partial<Status>;
  } catch {
    // not the API's own answer
  }
  const { reason = '', message, details } = status;
  const known: Reason = Object.hasOwn(reasonCodes, reason) ? (reason as Reason) : 'Unknown';
  const why = message ?? `the API answered ${code}: ${text.slice(0, 200)}`;
  return new ApiError(known, why, { code, ...(details === undefined ? {} : { details }) });
}
