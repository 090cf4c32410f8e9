/** What no HTTP client would send: bytes for a fresh connection. */
import type { Random } from './random.ts';

const head = (path: string, more: readonly string[], method = 'POST'): string =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: localhost', ...more].join('\r\n')}\r\n\r\n`;

const json = 'Content-Type: application/json';
const chunked = 'Transfer-Encoding: chunked';
const where = '/api/v1/namespaces/fuzz/configmaps';
const upgrade = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];
const exec = '/api/v1/namespaces/fuzz/pods/a/exec?command=sh&stdin=true&stdout=true';

const texts: readonly (() => string)[] = [
  // bodies shorter than promised, longer than promised, of impossible length
  () => `${head(where, [json, 'Content-Length: 500'])}{"kind":"ConfigMap"`,
  () => `${head(where, [json, 'Content-Length: 2'])}{}GET / HTTP/1.1\r\n`,
  () => head(where, [json, 'Content-Length: -1']),
  () => head(where, [json, 'Content-Length: 99999999999999999999']),
  () => `${head(where, [json, 'Content-Length: 2', 'Content-Length: 3'])}{}`,
  // chunks of no size, of a wrong size, without an end, beside a length
  () => `${head(where, [json, chunked])}zz\r\n{}\r\n0\r\n\r\n`,
  () => `${head(where, [json, chunked])}ffffffffffffffff\r\n{}`,
  () => `${head(where, [json, chunked])}2\r\n{}\r\n`,
  () => `${head(where, [json, chunked, 'Content-Length: 2'])}2\r\n{}\r\n0\r\n\r\n`,
  () => `${head(where, [json, 'Transfer-Encoding: gzip, chunked'])}2\r\n{}\r\n0\r\n\r\n`,
  () => `${head(where, [json, chunked])}2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  () => `${head(where, [json, chunked, 'Trailer: x'])}2\r\n{}\r\n0\r\nx: ${'y'.repeat(9000)}\r\n\r\n`,
  // heads that are none, and headers within headers
  () => 'GET\r\n\r\n',
  () => '\r\n\r\n\r\n\r\n',
  () => `GET ${where} HTTP/9.9\r\n\r\n`,
  () => `GET ${where} HTTP/1.1\r\n\r\n`,
  () => head(where, ['X: a\rb: c', 'Y: a\u0000b'], 'GET'),
  () => head(where, [`X: ${'a'.repeat(100_000)}`], 'GET'),
  () =>
    head(
      where,
      Array.from({ length: 3000 }, (_, index) => `X-${index}: a`),
      'GET',
    ),
  () => head(`${where}?fieldManager=a%0d%0aX-Injected:%20yes`, [json], 'GET'),
  () => head(where, ['Impersonate-User: a%0d%0ab', 'Impersonate-Extra-a%0d%0ab: c'], 'GET'),
  () => head(`/${'%'.repeat(3000)}`, [], 'GET'),
  () => head('*', [], 'OPTIONS'),
  () => head('localhost:443', [], 'CONNECT'),
  () => head('http://169.254.169.254/latest/meta-data', [], 'GET'),
  // another protocol: HTTP/2, SSH, TLS in TLS
  () =>
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0004\u0008\u0000\u0000\u0000\u0000\u0000\u00ff\u00ff\u00ff\u00ff',
  () => 'SSH-2.0-OpenSSH_9.2\r\n',
  () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
  // upgrades that go wrong
  () => `${head(exec, upgrade, 'GET')}\u0081\u00ff${'\u00ff'.repeat(40)}`,
  () => head(exec, ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v99'], 'POST'),
  () => head(exec, ['Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'], 'GET'),
  () => head('/api/v1/pods?watch=true', upgrade, 'GET'),
  () => head(where, [...upgrade, 'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.%%%'], 'GET'),
];

/** Bytes for a connection of its own, whole or cut off; HTTP/2's own framing when `protocol` says `h2`. */
export function brokenBytes(random: Random): { bytes: Buffer; protocol: 'http/1.1' | 'h2' } {
  if (random.chance(0.1)) return { bytes: frames(random), protocol: 'h2' };
  const bytes = Buffer.from(random.pick(texts)(), 'latin1');
  const cut = random.chance(0.2) ? random.below(bytes.length + 1) : bytes.length;
  return { bytes: bytes.subarray(0, cut), protocol: 'http/1.1' };
}

/** HTTP/2: the preface, settings, and then frames of any type, flags and length. */
function frames(random: Random): Buffer {
  const parts = [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])];
  for (let count = random.below(20); count >= 0; count -= 1) {
    const length = random.pick([0, 1, 4, 8, 200]);
    const claimed = random.chance(0.9) ? length : random.below(2 ** 24);
    const frame = Buffer.alloc(9 + length);
    frame.writeUIntBE(claimed, 0, 3);
    frame[3] = random.below(12);
    frame[4] = random.below(256);
    frame.writeUInt32BE(random.pick([0, 1, 3, 2 ** 31 - 1]), 5);
    for (let at = 9; at < frame.length; at += 1) frame[at] = random.below(256);
    parts.push(frame);
  }
  return Buffer.concat(parts);
}
