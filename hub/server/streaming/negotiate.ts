/** Which protocol a client and this server both speak, and what an upgrade needs besides. */
import { ApiError, badRequest } from '../../api/errors.ts';
import { attributesOf, mustBeAllowed } from '../authorize.ts';
import type { Call } from '../call.ts';
import type { Services } from '../services.ts';
import type { Upgrade } from './upgrade.ts';
import { wantedUpgrade } from './upgrades.ts';

/** An upgrade both sides can make. */
export interface Agreed {
  readonly kind: 'websocket' | 'spdy';
  /** Empty when the client named none. */
  readonly protocol: string;
  readonly upgrade: Upgrade;
}

/** Finds the first of the client's protocols that is served. Throws BadRequest and Forbidden. */
export function agree(
  services: Services,
  call: Call,
  served: { readonly webSocket: readonly string[]; readonly spdy: readonly string[]; readonly fallback: string },
): Agreed {
  const kind = wantedUpgrade(call);
  const { upgrade } = call;
  if (kind === undefined || upgrade === undefined) throw badRequest('Upgrade request required');
  if (kind === 'other') throw badRequest(`unable to upgrade: ${call.req.headers.upgrade} is not spoken here`);
  // API: since v1.35 an upgraded GET needs the permission to create, as a POST does.
  if (call.verb === 'get') mustBeAllowed(services.authorizer, { ...attributesOf(call), verb: 'create' });
  const offered = offeredProtocols(call, kind);
  if (offered.length === 0) return { kind, protocol: kind === 'spdy' ? served.fallback : '', upgrade };
  const known = kind === 'spdy' ? served.spdy : served.webSocket;
  const protocol = offered.find((one) => known.includes(one));
  if (protocol === undefined) {
    throw new ApiError(
      'Forbidden',
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server supports [${known.join(' ')}]`,
    );
  }
  return { kind, protocol, upgrade };
}

/** The protocols a client names, in its order. */
export function offeredProtocols(call: Call, kind: 'websocket' | 'spdy'): string[] {
  const { headers } = call.req;
  return listed(headers[kind === 'spdy' ? 'x-stream-protocol-version' : 'sec-websocket-protocol']);
}

function listed(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** Header fields of a 101 to SPDY. */
export function spdyFields(protocol: string): [string, string][] {
  return [
    ['Upgrade', 'SPDY/3.1'],
    ['X-Stream-Protocol-Version', protocol],
  ];
}

/** Aborted when the client leaves before its connection changed. */
export function leaving(call: Call): AbortSignal {
  const controller = new AbortController();
  call.upgrade?.socket.once('close', () => controller.abort());
  return controller.signal;
}
