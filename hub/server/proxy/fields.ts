/** Header fields on their way through a proxy. */
import type { Call } from '../call.ts';

/** Fields that speak about one connection only. RFC 9110, 7.6.1. */
export const hopByHop: ReadonlySet<string> = new Set(
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);

/** What the other end must not see: it was meant for us. */
export const forUs = /^(authorization|host|expect|content-length|impersonate-.*)$/;

/** Names and values of raw header fields, those called like one of `without` (in lower case) left out. */
export function pairsOf(rawHeaders: readonly string[], without: ReadonlySet<string>): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    // HTTP/2 has fields of its own that begin with a colon
    if (!without.has(name.toLowerCase()) && !name.startsWith(':')) pairs.push([name, rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}

/** HTTP/2 does not say beforehand that there is a body. */
export function hasBody({ req, method }: Call): boolean {
  return req.httpVersionMajor === 2 && method !== 'GET' && method !== 'HEAD';
}
