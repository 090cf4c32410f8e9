/** The floor under an API server in Node: HTTPS that parses a JSON body and echoes it, and does nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dir = mkdtempSync(join(tmpdir(), 'coracle-floor-'));
const key = join(dir, 'key');
const certificate = join(dir, 'crt');
const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
spawnSync('openssl', [
  ...words,
  '-subj',
  '/CN=floor',
  '-addext',
  'subjectAltName=IP:127.0.0.1',
  '-keyout',
  key,
  '-out',
  certificate,
]);
const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
rmSync(dir, { recursive: true });

const fixed = JSON.stringify({ kind: 'ConfigMap', data: { payload: 'x'.repeat(900) } });
const server = createServer(tls, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length > 0 ? JSON.stringify(JSON.parse(Buffer.concat(chunks).toString())) : fixed;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
