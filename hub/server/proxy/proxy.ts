/** pods/proxy, services/proxy and nodes/proxy: HTTP to whoever listens there, through the node's tunnel. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Duplex, type Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { createGunzip, createInflate } from 'node:zlib';
import { ApiError } from '../../api/errors.ts';
import { joinDuplexes } from '../../base/duplexes.ts';
import type { Call } from '../call.ts';
import { sendError } from '../respond.ts';
import type { Services } from '../services.ts';
import { forUs, hasBody, hopByHop, pairsOf } from './fields.ts';
import { serveKubelet } from './kubelet.ts';
import { type Location, locate } from './location.ts';
import { HtmlRewriter, type Rewriting, rewriteUrl } from './rewrite.ts';
import { request as httpRequest } from '../../base/http.ts';

/** Serves one request; resolves when its answer has begun. */
export async function serveProxy(services: Services, call: Call): Promise<void> {
  const { target, req, res } = call;
  if (target === undefined) return;
  const { prefix, rest } = splitPath(req.url ?? '');
  const query = call.search === '' ? '' : `?${call.search}`;
  if (rest === '' && (call.method === 'GET' || call.method === 'HEAD')) {
    res.writeHead(301, ['Location', `${prefix}/${query}`, 'Content-Length', '0']);
    res.end();
    return;
  }
  const location = locate(services, target.resource, target.namespace, target.name, Math.random());
  if ('kubelet' in location) return serveKubelet(services, call, location.kubelet, rest || '/');
  const connection = await reach(services, location);
  const rewriting = { prefix, hosts: [location.host, hostOf(req.headers)] };
  await exchange(services, call, { location, connection, rewriting, path: `${rest || '/'}${query}` });
}

/** The part of the path that leads here, and the part that is meant for the other end; escapes untouched. */
function splitPath(url: string): { prefix: string; rest: string } {
  const [path = ''] = url.split('?');
  const match = /^(\/api\/v1\/(?:namespaces\/[^/]+\/)?(?:pods|services|nodes)\/[^/]+\/proxy)(\/.*)?$/.exec(path);
  return { prefix: match?.[1] ?? path, rest: match?.[2] ?? '' };
}

async function reach(services: Services, location: Location): Promise<Duplex> {
  try {
    const connection = await services.ports.connect(location.owner, location.port);
    if (location.scheme === 'http') return connection;
    // API: the proxy does not know who signs certificates inside the cluster, and never asked
    const secure = connectTls({ socket: connection, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve);
      secure.once('error', reject);
    });
    return secure;
  } catch (error) {
    throw error instanceof ApiError ? error : unreachable(error);
  }
}

function unreachable(error: unknown): ApiError {
  const why = error instanceof Error ? error.message : String(error);
  return new ApiError('ServiceUnavailable', `error trying to reach service: ${why}`);
}

interface Exchange {
  readonly location: Location;
  readonly connection: Duplex;
  readonly rewriting: Rewriting;
  readonly path: string;
}

/** Sends the request on and the answer back. */
function exchange(services: Services, call: Call, { location, connection, rewriting, path }: Exchange): Promise<void> {
  const { req, res, upgrade } = call;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      method: call.method,
      path,
      setHost: false,
      headers: requestFields(call, location, rewriting.prefix),
      createConnection: () => connection,
    });
    const leave = (): void => void sent.destroy();
    (upgrade?.socket ?? res).once('close', leave);
    sent.once('error', (error) => {
      reject(unreachable(error));
      if (res.headersSent) res.destroy();
    });
    sent.once('response', (answer) => {
      answerWith(call, answer, rewriting);
      resolve();
    });
    sent.once('upgrade', (answer, socket, head) => {
      if (upgrade === undefined) return socket.destroy();
      const client = services.upgrades.raw(call, upgrade, pairsOf(answer.rawHeaders, new Set(['connection'])));
      if (head.length > 0) client.write(head);
      joinDuplexes(client, socket);
      return resolve();
    });
    if (upgrade === undefined) req.pipe(sent);
    else sent.end();
  });
}

/** Where the client believes to be. */
function hostOf(headers: IncomingMessage['headers']): string {
  return headers.host ?? String(headers[':authority'] ?? '');
}

/** Names and values in turns, as `http.request` takes them. */
function requestFields(call: Call, location: Location, prefix: string): string[] {
  const { headers, rawHeaders, url = '' } = call.req;
  const fields = ['Host', location.host];
  const skipped = new Set([...hopByHop, ...(headers.connection ?? '').toLowerCase().split(/\s*,\s*/)]);
  for (const [name, value] of pairsOf(rawHeaders, skipped))
    if (!forUs.test(name.toLowerCase())) fields.push(name, value);
  if (call.upgrade !== undefined) fields.push('Connection', 'Upgrade', 'Upgrade', headers.upgrade ?? '');
  else fields.push('Connection', 'close');
  const length = headers['content-length'];
  if (length !== undefined) fields.push('Content-Length', length);
  else if (headers['transfer-encoding'] !== undefined || hasBody(call)) fields.push('Transfer-Encoding', 'chunked');
  const [path = prefix] = url.split('?');
  fields.push('X-Forwarded-Uri', path);
  const address = call.req.socket.remoteAddress;
  if (address !== undefined) fields.push('X-Forwarded-For', address);
  return fields;
}

function answerWith(call: Call, answer: IncomingMessage, rewriting: Rewriting): void {
  const { res } = call;
  const isPage =
    /^\s*text\/html\s*(;|$)/i.test(answer.headers['content-type'] ?? '') && answer.headers.location === undefined;
  const decoded = isPage && call.method !== 'HEAD' ? decode(answer) : undefined;
  const dropped = decoded === undefined ? hopByHop : new Set([...hopByHop, 'content-length', 'content-encoding']);
  const fields = pairsOf(answer.rawHeaders, dropped).flatMap(([name, value]) =>
    name.toLowerCase() === 'location' ? [name, rewriteUrl(value, rewriting)] : [name, value],
  );
  try {
    res.writeHead(answer.statusCode ?? 502, fields);
  } catch (error) {
    answer.destroy();
    sendError(call, unreachable(error));
    return;
  }
  const failed = (error?: Error | null): void => void (error != null && res.destroy());
  if (decoded === undefined) pipeline(answer, res, failed);
  else pipeline(decoded, new HtmlRewriter(rewriting), res, failed);
}

/** The page's own bytes; undefined for encodings nobody can look into. */
function decode(answer: IncomingMessage): Readable | undefined {
  const encoding = (answer.headers['content-encoding'] ?? '').toLowerCase();
  if (encoding === '' || encoding === 'identity') return answer;
  const decoder = encoding === 'gzip' ? createGunzip() : encoding === 'deflate' ? createInflate() : undefined;
  if (decoder === undefined) return undefined;
  return pipeline(answer, decoder, () => {}) as unknown as Readable;
}
