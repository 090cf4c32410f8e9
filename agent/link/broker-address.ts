/** Where the broker of a URL is, known and proved to as the hub is. */
import type { HubAddress } from './hub-request.ts';

/** Reads `mqtts://host:port`; the port is 8883 unless said, and an empty host is the hub's. Throws an Error naming a wrong URL. */
export function brokerAddress(url: string, hub: HubAddress): HubAddress {
  const match = /^mqtts:\/\/(\[[0-9a-fA-F:.]+\]|[^/:\s]*)(?::(\d{1,5}))?\/?$/.exec(url);
  if (match === null) throw new Error(`"${url}" is not of the form mqtts://HOST:PORT`);
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return { ...hub, host: host === '' ? hub.host : host, port: Number(match[2] ?? 8883) };
}
