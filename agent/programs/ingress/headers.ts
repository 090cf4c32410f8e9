/** The headers that go on with a request and an answer. Pure. */

/** RFC 9110 7.6.1: these are of one connection alone. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Told by this proxy; what a client wrote there is not believed. */
const told = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]);

/** Where a request came in. */
export interface Origin {
  readonly address: string;
  readonly port: number;
  readonly isEncrypted: boolean;
}

/** Pairs of names and values of `raw`, an alternating list, but for those of the connection. */
function* passing(raw: readonly string[]): Generator<[string, string]> {
  const named = new Set<string>();
  for (let index = 0; index < raw.length; index += 2)
    if (raw[index]?.toLowerCase() === 'connection')
      for (const name of (raw[index + 1] ?? '').split(',')) named.add(name.trim().toLowerCase());
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    const key = name.toLowerCase();
    if (!ofConnection.has(key) && !named.has(key)) yield [name, value];
  }
}

/** The headers of an answer for the client, as an alternating list. */
export const answerHeaders = (raw: readonly string[]): string[] => [...passing(raw)].flat();

/** The headers of a request for the backend, as an alternating list; `upgrade` is the protocol a client asks for. */
export function requestHeaders(raw: readonly string[], origin: Origin, upgrade?: string): string[] {
  const kept = [...passing(raw)].filter(([name]) => !told.has(name.toLowerCase()) && name.toLowerCase() !== 'expect');
  const host = kept.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
  const address = origin.address.replace(/^::ffff:(?=\d+\.)/, '');
  const isChunked = raw.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'transfer-encoding');
  return [
    ...kept.flat(),
    ...['X-Forwarded-For', address],
    ...['X-Real-IP', address],
    ...['X-Forwarded-Host', host],
    ...['X-Forwarded-Port', String(origin.port)],
    ...['X-Forwarded-Proto', origin.isEncrypted ? 'https' : 'http'],
    ...(isChunked ? ['Transfer-Encoding', 'chunked'] : []),
    ...(upgrade === undefined ? [] : ['Connection', 'Upgrade', 'Upgrade', upgrade]),
  ];
}
