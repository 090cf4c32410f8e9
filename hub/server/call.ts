/** One request on its way through the server: what was asked, by whom, and what the answer must carry. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { anonymous, type User } from '../api/user.ts';
import type { ResourceInfo, SubresourceInfo } from '../kinds/kind.ts';
import { type Format, plainJson } from './accept.ts';
import type { Audited } from './audit/audited.ts';
import type { Flow } from './flow/flow.ts';
import { requestTimeout } from './request-timeout.ts';
import type { Upgrade } from './streaming/upgrade.ts';
import { decodedPath, parseTarget, type ResourceTarget } from './path.ts';

/** The API verb of a request; empty for methods that have none. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | '';

/** Where a request goes: set by the router before a verb runs. */
export interface Route {
  readonly info: ResourceInfo;
  readonly subresource: SubresourceInfo | undefined;
}

const noQuery = new URLSearchParams();

/** One request. Built for every request, so it holds strings and parses late. */
export class Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  /** The path, escapes resolved. */
  readonly path: string;
  /** What follows the question mark, as sent. */
  readonly search: string;
  readonly target: ResourceTarget | undefined;
  user: User = anonymous;
  format: Format = plainJson;
  verb: Verb = '';
  /** Set once it is clear what the request is for. */
  route: Route | undefined = undefined;
  /** Set where the request is written into the audit log. */
  audit: Audited | undefined = undefined;
  warnings: string[] | undefined = undefined;
  /** Set once it is clear who asks. */
  flow: Flow | undefined = undefined;
  /** True once its time was over and it was answered so: what comes of it later is for nobody. */
  expired = false;
  /** Its neighbours in the line of requests in flight. */
  older: Call | undefined = undefined;
  newer: Call | undefined = undefined;
  /** Set when the connection may become something else than HTTP. */
  upgrade: Upgrade | undefined = undefined;
  /** When the request came, on the clock of `performance.now()`. */
  readonly began = performance.now();
  #query: URLSearchParams | undefined = undefined;

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.req = req;
    this.res = res;
    this.method = req.method ?? 'GET';
    const url = req.url ?? '/';
    const mark = url.indexOf('?');
    this.path = decodedPath(mark < 0 ? url : url.slice(0, mark));
    this.search = mark < 0 ? '' : url.slice(mark + 1);
    this.target = parseTarget(this.path);
  }

  get query(): URLSearchParams {
    if (this.search === '') return noQuery;
    this.#query ??= new URLSearchParams(this.search);
    return this.#query;
  }

  /** How many milliseconds the request may take. Throws BadRequest. */
  get timeout(): number {
    return requestTimeout(this.hasOwnTimeout ? this.query.get('timeout') : null);
  }

  /** True when the client says how long the request may take. */
  get hasOwnTimeout(): boolean {
    return this.search !== '' && this.search.includes('timeout=');
  }

  /** Adds a Warning header to the answer, once for each text. */
  warn(text: string): void {
    if (this.warnings === undefined) this.warnings = [text];
    else if (!this.warnings.includes(text)) this.warnings.push(text);
  }
}
