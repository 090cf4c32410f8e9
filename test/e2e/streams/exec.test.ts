/** `kubectl exec`, `attach` and `cp` into a host process, over WebSocket and SPDY, of today's kubectl and Debian's. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startHub, type TestHub } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { debianKubectl, runKubectl, type Speaker, speakers, startKubectl } from '../../support/live-kubectl.ts';
import { ready, shellPod } from '../../support/stream-pods.ts';

const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('commands in a Pod', () => {
  let hub: TestHub;
  const dir = mkdtempSync(join(tmpdir(), 'coracle-exec-'));
  const old = debianKubectl(dir);

  before(async () => {
    hub = await startHub(['--runtime', 'process']);
    await ready(
      hub,
      shellPod('p', { main: 'i=0; while sleep 0.2; do i=$((i+1)); echo tick $i; done', side: 'sleep 1000' }),
    );
    await hub.kubectl(['create', 'serviceaccount', 'reader']);
    await hub.kubectl(['create', 'clusterrole', 'looker', '--verb=get', '--resource=pods,pods/exec']);
    await hub.kubectl([
      'create',
      'clusterrolebinding',
      'looks',
      '--clusterrole=looker',
      '--serviceaccount=default:reader',
    ]);
  });
  after(async () => {
    rmSync(dir, { recursive: true, force: true });
    await hub?.stop();
  });

  const exec = (speaker: Speaker, words: string[], input?: Buffer): ReturnType<typeof runKubectl> =>
    runKubectl(
      speaker,
      hub.dir,
      ['exec', 'p', '-c', 'main', ...(input === undefined ? [] : ['-i']), '--', ...words],
      input,
    );

  for (const speaker of [...speakers, old]) {
    describe(speaker?.title ?? "Debian's kubectl", {
      skip: speaker === undefined && 'kubernetes-client cannot be downloaded here',
    }, () => {
      if (speaker === undefined) return;

      it('end with the exit code of the command, its error output apart, in its environment', async () => {
        const { code, stdout, stderr } = await exec(speaker, ['sh', '-c', 'echo $GREETING; echo oops >&2; exit 42']);
        assert.equal(code, 42);
        assert.equal(stdout.toString(), 'ahoy\n');
        assert.equal(stderr, 'oops\ncommand terminated with exit code 42\n');
        assert.deepEqual(await exec(speaker, ['true']), { code: 0, stdout: Buffer.alloc(0), stderr: '' });
      });

      it('take and give ten million bytes unchanged', async () => {
        const bytes = randomBytes(10_000_000);
        const back = await exec(speaker, ['cat'], bytes);
        assert.equal(back.code, 0, back.stderr);
        assert.equal(sum(back.stdout), sum(bytes));
        const counted = await exec(speaker, ['sha256sum'], bytes);
        assert.equal(counted.stdout.toString().split(' ')[0], sum(bytes));
      });

      it('that do not read, or end before all is read, do not hang', async () => {
        const { code } = await exec(speaker, ['sh', '-c', 'head -c 5 >/dev/null; exit 9'], randomBytes(3_000_000));
        assert.equal(code, 9);
      });

      it('in a container, of a program or in a Pod that is not there are refused in words', async () => {
        const container = await runKubectl(speaker, hub.dir, ['exec', 'p', '-c', 'none', '--', 'true']);
        assert.equal(container.code, 1);
        assert.match(container.stderr, /container none is not valid for pod p|container none not found in pod p/);
        const program = await exec(speaker, ['no-such-program']);
        assert.notEqual(program.code, 0);
        assert.match(program.stderr, /"no-such-program": executable file not found/);
        const pod = await runKubectl(speaker, hub.dir, ['exec', 'q', '--', 'true']);
        assert.match(pod.stderr, /pods "q" not found/);
      });

      it('run in a terminal that knows its kind', async () => {
        const words = `${speaker.program} exec -it p -c main -- sh -c 'tty; echo $TERM; exit 3'`;
        const child = startKubectl({ ...speaker, program: 'script' }, hub.dir, ['-qec', words, '/dev/null']);
        let seen = '';
        child.stdout.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
        });
        const code = await new Promise((resolve) => child.once('exit', resolve));
        assert.equal(code, 3, seen);
        assert.match(seen, /\/dev\/pts\/\d+\r\nxterm\r\n/);
      });

      it('copy a directory there and back', async () => {
        const source = join(dir, `source-${speaker.title.length}`);
        mkdirSync(join(source, 'deep'), { recursive: true });
        const bytes = randomBytes(1_500_000);
        writeFileSync(join(source, 'deep', 'file'), bytes);
        writeFileSync(join(source, 'note'), 'short');
        const there = `/tmp/coracle-copy-${process.pid}-${speaker.title.length}`;
        try {
          const put = await runKubectl(speaker, hub.dir, ['cp', source, `p:${there}`, '-c', 'main']);
          assert.equal(put.code, 0, put.stderr);
          const got = await runKubectl(speaker, hub.dir, ['cp', `p:${there}`, `${source}-back`, '-c', 'main']);
          assert.equal(got.code, 0, got.stderr);
        } finally {
          rmSync(there, { recursive: true, force: true });
        }
        assert.equal(sum(readFileSync(join(`${source}-back`, 'deep', 'file'))), sum(bytes));
        assert.equal(readFileSync(join(`${source}-back`, 'note'), 'utf8'), 'short');
      });

      it('can be watched from now on by attaching', async () => {
        const child = startKubectl(speaker, hub.dir, ['attach', 'p', '-c', 'main']);
        let seen = '';
        child.stdout.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
        });
        try {
          await eventually('two ticks', () => (seen.match(/tick \d+\n/g) ?? []).length > 1);
          assert.ok(!seen.startsWith('tick 1\n'));
        } finally {
          child.kill();
        }
        const typed = await runKubectl(speaker, hub.dir, ['attach', '-i', 'p', '-c', 'main']);
        assert.notEqual(typed.code, 0);
      });
    });
  }

  it('need the permission to create, whatever the method', async () => {
    const token = (await hub.kubectl(['create', 'token', 'reader'])).trim();
    for (const speaker of speakers) {
      const words = [
        '--token',
        token,
        '--client-certificate=',
        '--client-key=',
        'exec',
        'p',
        '-c',
        'main',
        '--',
        'true',
      ];
      const { code, stderr } = await runKubectl(speaker, hub.dir, [
        '--kubeconfig=/dev/null',
        `--server=https://127.0.0.1:${hub.ports.api}`,
        '--insecure-skip-tls-verify',
        ...words,
      ]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /User "system:serviceaccount:default:reader" cannot create resource "pods\/exec" in API group "" in the namespace "default"/,
      );
    }
  });
});
