/** Pods that streams are tried on. */
import type { TestHub } from './coracle.ts';

/** A Pod of host processes that run scripts of a shell, one container each. */
export function shellPod(name: string, scripts: Readonly<Record<string, string>>): string {
  const containers = Object.entries(scripts).map(([container, script]) => ({
    name: container,
    image: 'example.org/none:1',
    command: ['sh', '-c', script],
    env: [{ name: 'GREETING', value: 'ahoy' }],
  }));
  const spec = { terminationGracePeriodSeconds: 1, containers };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec });
}

/** An HTTP server that tells what it was asked, as a Pod: `/big` answers five million bytes, `/page` links, `/away` a redirect. */
export function webPod(name: string, port: number): string {
  const program = `require('http').createServer((q, r) => {
    const path = q.url.split('?')[0];
    let size = 0;
    q.on('data', (piece) => { size += piece.length; });
    q.on('end', () => {
      if (path === '/away') return r.writeHead(302, { location: '/there/?x=1' }).end();
      if (path === '/big') return r.end(Buffer.alloc(5e6, 'b'));
      if (path === '/page') return r.setHeader('content-type', 'text/html').end('<a href="/a">x</a><img src=\\'rel.png\\'>');
      r.end(JSON.stringify({ url: q.url, method: q.method, size, headers: q.headers }));
    });
  }).on('upgrade', (q, s) => { s.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n'); s.pipe(s); })
  .listen(${port}, '127.0.0.1')`;
  const container = {
    name: 'web',
    image: 'example.org/none:1',
    command: [process.execPath, '-e', program],
    ports: [{ name: 'http', containerPort: port }],
    readinessProbe: { tcpSocket: { port, host: '127.0.0.1' }, periodSeconds: 1 },
  };
  const spec = { terminationGracePeriodSeconds: 1, containers: [container] };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec });
}

/** Makes a Pod and waits until it is ready. */
export async function ready(hub: TestHub, manifest: string): Promise<void> {
  await hub.kubectl(['create', '-f', '-'], manifest);
  const { metadata } = JSON.parse(manifest) as { metadata: { name: string } };
  await hub.kubectl(['wait', '--for=condition=Ready', `pod/${metadata.name}`, '--timeout=30s']);
}
