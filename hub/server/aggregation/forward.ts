/** Requests for groups that another server answers: handed over as they are, with the name of who asks. */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { request as httpRequest } from '../../base/http.ts';
import { joinDuplexes } from '../../base/duplexes.ts';
import type { Call } from '../call.ts';
import { forUs, hasBody, hopByHop, pairsOf } from '../proxy/fields.ts';
import { sendText } from '../respond.ts';
import type { Upgrades } from '../streaming/upgrades.ts';
import { identityFields, isIdentityField } from './front-proxy.ts';
import type { RemoteApi } from './remote-apis.ts';
import type { Connection, RemoteCaller } from './remote-caller.ts';

/** What forwarding works with. */
export interface Forwarding {
  readonly caller: RemoteCaller;
  readonly upgrades: Upgrades;
}

/** API: the aggregator refuses in plain text. */
function refuse(call: Call, text: string): void {
  if (call.res.headersSent) call.res.destroy();
  else sendText(call, 503, `${text}\n`);
}

/** Answers a request by way of its server; resolves when the answer is through, or is one of the hub's own. */
export async function forward({ caller, upgrades }: Forwarding, call: Call, api: RemoteApi): Promise<void> {
  if (!api.available) return refuse(call, 'service unavailable');
  let connection: Connection;
  try {
    connection = await caller.reach(api);
  } catch (error) {
    return unreachable(call, error);
  }
  try {
    await exchange(upgrades, call, connection);
  } catch (error) {
    connection.socket.destroy();
    unreachable(call, error);
  }
}

function unreachable(call: Call, error: unknown): void {
  refuse(call, `error trying to reach service: ${error instanceof Error ? error.message : String(error)}`);
}

function exchange(upgrades: Upgrades, call: Call, connection: Connection): Promise<void> {
  const { req, res, upgrade } = call;
  return new Promise((resolve) => {
    const sent = httpRequest({
      method: call.method,
      path: req.url ?? '/',
      setHost: false,
      headers: requestFields(call, connection.host),
      createConnection: () => connection.socket,
    });
    (upgrade?.socket ?? res).once('close', () => {
      connection.socket.destroy();
      resolve();
    });
    sent.once('error', (error) => {
      unreachable(call, error);
      resolve();
    });
    sent.once('response', (answer) => pass(call, answer, resolve));
    sent.once('upgrade', (answer, socket, head) => {
      if (upgrade === undefined) return void socket.destroy();
      const client = upgrades.raw(call, upgrade, pairsOf(answer.rawHeaders, new Set(['connection'])));
      if (head.length > 0) client.write(head);
      joinDuplexes(client, socket);
    });
    if (upgrade === undefined) req.pipe(sent);
    else sent.end();
  });
}

/** Hands the answer on, its first bytes at once: it may be a watch. */
function pass(call: Call, answer: IncomingMessage, done: () => void): void {
  const { res } = call;
  try {
    res.writeHead(answer.statusCode ?? 502, pairsOf(answer.rawHeaders, hopByHop).flat());
    res.flushHeaders();
  } catch (error) {
    answer.destroy();
    unreachable(call, error);
    done();
    return;
  }
  pipeline(answer, res, (error) => {
    if (error != null) res.destroy();
    done();
  });
}

/** Names and values in turns, as `http.request` takes them. */
function requestFields(call: Call, host: string): string[] {
  const { headers, rawHeaders } = call.req;
  const fields = ['Host', host];
  const skipped = new Set([...hopByHop, ...(headers.connection ?? '').toLowerCase().split(/\s*,\s*/)]);
  for (const [name, value] of pairsOf(rawHeaders, skipped)) {
    if (!forUs.test(name.toLowerCase()) && !isIdentityField(name)) fields.push(name, value);
  }
  fields.push(...identityFields(call.user));
  if (call.upgrade !== undefined) fields.push('Connection', 'Upgrade', 'Upgrade', headers.upgrade ?? '');
  else fields.push('Connection', 'close');
  const length = headers['content-length'];
  if (length !== undefined) fields.push('Content-Length', length);
  else if (headers['transfer-encoding'] !== undefined || hasBody(call)) fields.push('Transfer-Encoding', 'chunked');
  // the log of that server is to name the request as ours does
  const audited = call.res.getHeader('audit-id');
  if (audited !== undefined && headers['audit-id'] === undefined) fields.push('Audit-Id', String(audited));
  const address = call.req.socket.remoteAddress;
  if (address !== undefined) fields.push('X-Forwarded-For', address);
  return fields;
}
