/** Requests outside the resources: health, version, and the documents others make. */
import { ApiError } from '../api/errors.ts';
import type { Call } from './call.ts';
import type { Document, DocumentSource } from './document.ts';
import { type HealthCheck, serveHealth } from './health.ts';
import { PlainFailure } from './plain-failure.ts';
import { headFields, sendBytes, sendPacked, sendText, sendValue } from './respond.ts';
import { noSuchMethod, noSuchResource } from './route.ts';
import type { VersionInfo } from './version-info.ts';

const listed = [
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
];

/** Something a POST to a path makes the hub do; RBAC decides who may (verb `post` of that path). */
export interface PathAction {
  readonly path: string;
  /** Answers what is told to the caller; so is the message of an error. */
  run(): Promise<object>;
}

/** Answers paths that name no resource. */
export class Paths {
  readonly #sources: readonly DocumentSource[];
  readonly #actions: readonly PathAction[];
  readonly #checks: readonly HealthCheck[];
  readonly #version: VersionInfo;

  constructor(options: {
    sources: readonly DocumentSource[];
    actions?: readonly PathAction[];
    checks: readonly HealthCheck[];
    version: VersionInfo;
  }) {
    this.#sources = options.sources;
    this.#actions = options.actions ?? [];
    this.#checks = options.checks;
    this.#version = options.version;
  }

  /** Answers, or throws ApiError. */
  async serve(call: Call): Promise<void> {
    const { path } = call;
    if (call.method !== 'GET' && call.method !== 'HEAD') {
      if (path.startsWith('/api')) throw noSuchMethod();
      const action = call.method === 'POST' ? this.#actions.find((one) => one.path === path) : undefined;
      if (action === undefined) notFound(call);
      else sendValue(call, 200, await done(action));
      return;
    }
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path) && (await serveHealth(this.#checks, call))) return;
    if (path === '/version' || path === '/version/') {
      sendValue(call, 200, this.#version);
      return;
    }
    const document = await this.#document(call);
    if (document !== undefined) sendDocument(call, document);
    else if (path === '/') sendValue(call, 200, { paths: listed });
    else if (/^\/apis\/[^/]+\/[^/]+\/?$/.test(path) || /^\/api\/[^/]+\/?$/.test(path)) throw noSuchResource();
    else notFound(call);
  }

  async #document(call: Call): Promise<Document | undefined> {
    const request = { path: call.path, accept: call.req.headers.accept ?? '', query: call.query };
    for (const source of this.#sources) {
      const document = await source.document(request);
      if (document !== undefined) return document;
    }
    return undefined;
  }
}

/** What an action answers; a failure is told to who asked for it, as only those may who run the hub. */
async function done(action: PathAction): Promise<object> {
  try {
    return await action.run();
  } catch (cause) {
    throw new ApiError('InternalError', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** API: unknown paths are answered in plain text. */
function notFound(call: Call): void {
  sendText(call, 404, '404 page not found\n');
}

function takes(accept: string | undefined, contentType: string): boolean {
  if (accept === undefined || accept === '') return true;
  const types = accept.split(',').map((clause) => clause.split(';')[0]?.trim());
  return types.includes(contentType) || types.includes('*/*');
}

function sendDocument(call: Call, document: Document): void {
  const { etag, cache, movedTo } = document;
  const fields = [...(document.headers ?? []), ...(etag === undefined ? [] : ['ETag', etag, 'Vary', 'Accept'])];
  if (document.only === true && !takes(call.req.headers.accept, document.contentType)) {
    const offered = `406: Not Acceptable\n\nAvailable representations: ${document.contentType}`;
    throw new PlainFailure('NotAcceptable', offered);
  }
  if (movedTo !== undefined) {
    call.res.writeHead(301, ['Location', movedTo, 'Content-Length', '0']);
    call.res.end();
    return;
  }
  if (etag !== undefined && isHeld(call.req.headers['if-none-match'], etag)) {
    call.res.writeHead(304, [...headFields(call, document.contentType, -1, cache), ...fields]);
    call.res.end();
    return;
  }
  const { bytes, contentType } = document;
  if ('gzip' in bytes) sendPacked(call, bytes, contentType, { fields, cache });
  else sendBytes(call, 200, bytes, contentType, { fields, cache });
}

/** True when the client says that it has the document already. */
function isHeld(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header === etag || header.split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()));
}
