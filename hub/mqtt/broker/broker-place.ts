/** Where an external broker is, and as whom it sees the hub: known without what speaks to it. */

/** Where an external broker is. Throws an Error naming a URL that is not of the form `mqtts://HOST:PORT`. */
export function brokerPlace(url: string): { host: string; port: number } {
  const match = /^mqtts:\/\/(\[[0-9a-fA-F:.]+\]|[^/:\s]*)(?::(\d{1,5}))?\/?$/.exec(url);
  if (match === null) throw new Error(`"${url}" is not of the form mqtts://HOST:PORT`);
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2] ?? 8883) };
}

/** The user name the external broker sees the hub as. */
export const hubUserName = 'coracle-hub';
