/** `kubectl port-forward` to a host process: many connections at once, halves that end by themselves, nobody listening. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { startHub, type TestHub } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { debianKubectl, ended, type Speaker, speakers, startKubectl } from '../../support/live-kubectl.ts';
import { ready, webPod } from '../../support/stream-pods.ts';

/** Starts to forward to `port`; answers where. */
async function forward(
  speaker: Speaker,
  dir: string,
  port: number,
): Promise<{ child: ChildProcess; local: number; end: ReturnType<typeof ended> }> {
  const child = startKubectl(speaker, dir, ['port-forward', 'pod/web', `:${port}`]);
  let seen = '';
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  const end = ended(child);
  const local = await eventually('the port', () => {
    const match = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(seen);
    return match === null ? undefined : Number(match[1]);
  });
  return { child, local, end };
}

describe('forwarded ports', () => {
  let hub: TestHub;
  let port = 0;
  const dir = mkdtempSync(join(tmpdir(), 'coracle-forward-'));
  const old = debianKubectl(dir);

  before(async () => {
    port = await freePort();
    hub = await startHub(['--runtime', 'process']);
    await ready(hub, webPod('web', port));
  });
  after(async () => {
    rmSync(dir, { recursive: true, force: true });
    await hub?.stop();
  });

  for (const speaker of [...speakers, old]) {
    const skip = speaker === undefined && 'kubernetes-client cannot be downloaded here';
    describe(speaker?.title ?? "Debian's kubectl", { skip }, () => {
      if (speaker === undefined) return;

      it('carry fifty requests at once, and large ones both ways', async () => {
        const { child, local } = await forward(speaker, hub.dir, port);
        try {
          const ask = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${local}${path}`)).text();
          const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(`/${index}`)));
          assert.deepEqual(
            answers.map((answer) => (JSON.parse(answer) as { url: string }).url),
            answers.map((_, index) => `/${index}`),
          );
          const big = await Promise.all([ask('/big'), ask('/big'), ask('/big')]);
          assert.deepEqual(
            big.map((each) => each.length),
            [5e6, 5e6, 5e6],
          );
          const sent = await fetch(`http://127.0.0.1:${local}/`, { method: 'PUT', body: Buffer.alloc(5e6) });
          assert.equal(((await sent.json()) as { size: number }).size, 5e6);
        } finally {
          child.kill();
        }
      });

      it('end one half of a connection without the other', async () => {
        const { child, local } = await forward(speaker, hub.dir, port);
        try {
          const socket = connect({ port: local, host: '127.0.0.1', allowHalfOpen: true });
          socket.end('GET /half HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
          assert.match(await text(socket), /"url":"\/half"/);
        } finally {
          child.kill();
        }
      });

      it('say so when nobody listens', async () => {
        const nobody = await freePort();
        const { child, local, end } = await forward(speaker, hub.dir, nobody);
        try {
          await assert.rejects(fetch(`http://127.0.0.1:${local}/`));
          child.kill();
          assert.match(
            (await end).stderr,
            new RegExp(`failed to connect to localhost:${nobody} inside the pod: connect ECONNREFUSED`),
          );
        } finally {
          child.kill();
        }
      });
    });
  }
});
