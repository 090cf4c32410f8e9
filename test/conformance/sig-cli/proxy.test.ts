/** kubectl proxy in front of the API. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, conformance, until } from '../suite.ts';

/** Starts `kubectl proxy` for the time of the test. */
function proxy(cluster: Cluster, ...args: string[]): { child: ChildProcess; said: () => string } {
  const env = { ...process.env, KUBECONFIG: join(cluster.dataDir, 'kubeconfig') };
  const child = spawn('kubectl', ['proxy', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  cluster.after(() => child.kill());
  return { child, said: () => text };
}

/** The versions that /api tells through the proxy. */
function versions(where: { socketPath: string } | { port: number }): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const call = request({ ...where, host: '127.0.0.1', path: '/api/' }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => resolve((JSON.parse(text) as { versions: string[] }).versions));
    });
    call.on('error', reject);
    call.end();
  });
}

conformance('[sig-cli] kubectl.go: proxy port 0', async (cluster) => {
  const { said } = proxy(cluster, '--port=0', '--disable-filter');
  await until(() => /Starting to serve on/.test(said()));
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said())?.[1]);
  assert.ok((await versions({ port })).includes('v1'));
});

conformance('[sig-cli] kubectl.go: proxy unix socket', async (cluster) => {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-proxy-'));
  cluster.after(() => rmSync(dir, { recursive: true, force: true }));
  const socketPath = join(dir, 'test');
  const { said } = proxy(cluster, `--unix-socket=${socketPath}`);
  await until(() => /Starting to serve on/.test(said()) && existsSync(socketPath));
  assert.ok((await versions({ socketPath })).includes('v1'));
});
