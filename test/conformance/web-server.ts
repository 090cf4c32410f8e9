/** A Pod that serves HTTP on the machine: it tells what it was asked, and who it is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container, type More, podSpec } from './objects.ts';
import type { Cluster } from './suite.ts';

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Answers JSON of method, path and name; `/page` is HTML with a link from the root, and a body is sent back. */
const program = `
const { createServer } = process.env.TLS_KEY ? require('node:https') : require('node:http');
const { readFileSync } = require('node:fs');
const tls = process.env.TLS_KEY ? { key: readFileSync(process.env.TLS_KEY), cert: readFileSync(process.env.TLS_CERT) } : {};
createServer(tls, (asked, answer) => {
  let body = '';
  asked.on('data', (chunk) => { body += chunk; });
  asked.on('end', () => {
    if (asked.url === '/page') {
      answer.setHeader('content-type', 'text/html');
      return answer.end('<a href="/rewriteme">link</a>');
    }
    if (asked.url === '/name') return answer.end(process.env.POD_NAME);
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify({ method: asked.method, path: asked.url, pod: process.env.POD_NAME, body }));
  });
}).listen(Number(process.env.PORT));
`;

/** What to serve: the port by its name, and the PEM files of a key and its certificate for HTTPS. */
export interface Serving {
  readonly port: number;
  readonly portName?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A folder for the time of a test. */
export function folder(cluster: Cluster): string {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-web-'));
  cluster.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A container that serves so, with a readiness probe. */
export function webContainer(cluster: Cluster, serving: Serving, more: More = {}): More {
  const { port, portName = 'http', tls } = serving;
  const file = join(folder(cluster), 'server.cjs');
  writeFileSync(file, program);
  const env = [
    { name: 'PORT', value: String(port) },
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...(tls === undefined
      ? []
      : [
          { name: 'TLS_KEY', value: tls.key },
          { name: 'TLS_CERT', value: tls.cert },
        ]),
  ];
  return container('', {
    command: [process.execPath, file],
    ports: [{ name: portName, containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    env,
    ...more,
  });
}

/** The spec of a Pod of one such container. */
export function webSpec(cluster: Cluster, serving: Serving): More {
  return podSpec(undefined, { containers: [webContainer(cluster, serving)] });
}
