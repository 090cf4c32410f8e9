/** `kubectl logs`, `exec`, `attach`, `cp`, `port-forward` and the Pod proxy on real containers, over WebSocket and SPDY. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import { containerStatus, type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { eventually } from '../../support/eventually.ts';
import { type Ended, runKubectl, type Speaker, speakers, startKubectl } from '../../support/live-kubectl.ts';

const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const [webSocket] = speakers as [Speaker];

describe('streams of containers', { skip: noContainers, timeout: 240_000 }, () => {
  let cluster: Cluster;
  let pods: NodePods;
  const dir = mkdtempSync(join(tmpdir(), 'coracle-streams-'));

  before(async () => {
    cluster = await startCluster({ nodes: 1, settings: { containerLogMaxSize: '16Ki', containerLogMaxFiles: 3 } });
    pods = podsOn(cluster, 'node1');
    const www = 'mkdir /www; echo hello > /www/index.html; httpd -p 127.0.0.1:8080 -h /www; httpd -p 8081 -h /www';
    await pods.create('p', {
      script: `${www}; i=0; while sleep 0.2; do i=$((i+1)); echo tick $i; done`,
      container: { env: [{ name: 'GREETING', value: 'ahoy' }] },
    });
    await pods.ready('p', 60_000);
  });
  after(async () => {
    rmSync(dir, { recursive: true, force: true });
    pods?.close();
    await cluster?.stop();
  });

  const kubectl = (words: readonly string[], speaker = webSocket, input?: Buffer | string): Promise<Ended> =>
    runKubectl(speaker, cluster.hub.dir, words, input);
  const exec = (speaker: Speaker, words: readonly string[], input?: Buffer): Promise<Ended> =>
    kubectl(['exec', 'p', ...(input === undefined ? [] : ['-i']), '--', ...words], speaker, input);

  for (const speaker of speakers) {
    describe(`over ${speaker.title}`, () => {
      it('a command ends with its code, its error output apart, in the environment of its container', async () => {
        const { code, stdout, stderr } = await exec(speaker, ['sh', '-c', 'echo $GREETING; echo oops >&2; exit 42']);
        assert.deepEqual(
          [code, stdout.toString(), stderr],
          [42, 'ahoy\n', 'oops\ncommand terminated with exit code 42\n'],
        );
      });

      it('a command takes and gives ten million bytes unchanged', async () => {
        const bytes = randomBytes(10_000_000);
        const back = await exec(speaker, ['cat'], bytes);
        assert.deepEqual([back.code, sum(back.stdout)], [0, sum(bytes)], back.stderr);
        const counted = await exec(speaker, ['sha256sum'], bytes);
        assert.equal(counted.stdout.toString().split(' ')[0], sum(bytes));
      });

      it('a command that does not read its input does not hang', async () => {
        const script = 'head -c 5 >/dev/null; echo enough; exit 9';
        const { code, stdout, stderr } = await exec(speaker, ['sh', '-c', script], randomBytes(3_000_000));
        assert.equal(stdout.toString(), 'enough\n');
        // containerd may wait for ever for somebody to read the rest, and tells no code before
        assert.ok(code === 9 || /ended without reading its input/.test(stderr), stderr);
        assert.equal((await exec(speaker, ['sh', '-c', script], randomBytes(30_000))).code, 9);
      });

      it('a program that is not there is told of in the words of the runtime', async () => {
        const { code, stderr } = await exec(speaker, ['no-such-program']);
        assert.notEqual(code, 0);
        assert.match(
          stderr,
          /Internal error occurred: error executing command in container: .*"no-such-program": executable file not found in \$PATH/,
        );
      });

      it('a terminal knows its size and its kind', async () => {
        const words = `stty cols 91 rows 17; ${speaker.program} exec -it p -- sh -c 'until [ "$(stty size)" = "17 91" ]; do sleep 0.1; done 2>/dev/null; stty size; tty; echo $TERM; exit 3'`;
        const child = startKubectl({ ...speaker, program: 'script' }, cluster.hub.dir, ['-qec', words, '/dev/null']);
        let seen = '';
        child.stdout.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
        });
        const code = await new Promise((resolve) => child.once('exit', resolve));
        assert.equal(code, 3, seen);
        assert.match(seen, /17 91\r\n\/dev\/pts\/\d+\r\nxterm\r\n/);
      });

      it('files and directories are copied there and back', async () => {
        const source = join(dir, `source-${speaker.title}`);
        mkdirSync(join(source, 'deep'), { recursive: true });
        const bytes = randomBytes(5_000_000);
        writeFileSync(join(source, 'deep', 'file'), bytes);
        writeFileSync(join(source, 'note'), 'short');
        const put = await kubectl(['cp', source, `p:/tmp/${speaker.title}`], speaker);
        assert.equal(put.code, 0, put.stderr);
        const back = await kubectl(['cp', `p:/tmp/${speaker.title}`, `${source}-back`], speaker);
        assert.equal(back.code, 0, back.stderr);
        assert.equal(sum(readFileSync(join(`${source}-back`, 'deep', 'file'))), sum(bytes));
        assert.equal(readFileSync(join(`${source}-back`, 'note'), 'utf8'), 'short');
      });

      it('a container is attached to, with its input', async () => {
        const name = `reader-${speaker.title.toLowerCase()}`;
        await pods.create(name, {
          script: 'while read line; do echo "got $line"; done; exit 5',
          container: { stdin: true, stdinOnce: true },
          spec: { restartPolicy: 'Never' },
        });
        await pods.ready(name);
        const { code, stdout, stderr } = await kubectl(['attach', '-i', name], speaker, 'one\ntwo\n');
        assert.equal(code, 0, stderr);
        assert.match(stdout.toString(), /got one\ngot two\n/);
        const done = await pods.until(name, 'over', (pod) => pod.status?.phase === 'Failed');
        assert.equal(containerStatus(done)?.state?.terminated?.exitCode, 5);
      });

      it('a port that only localhost of the Pod reaches is forwarded, and one where nobody listens is told of', async () => {
        const child = startKubectl(speaker, cluster.hub.dir, ['port-forward', 'pod/p', ':8080', ':9']);
        let said = '';
        let errors = '';
        child.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString();
        });
        child.stderr.on('data', (chunk: Buffer) => {
          errors += chunk.toString();
        });
        try {
          const [open, closed] = await eventually('two ports', () => {
            const found = [...said.matchAll(/127\.0\.0\.1:(\d+) -> /g)].map(([, port]) => Number(port));
            return found.length === 2 ? found : undefined;
          });
          for (let round = 0; round < 3; round += 1) assert.equal(await page(open ?? 0), 'hello\n');
          await assert.rejects(page(closed ?? 0));
          await eventually('the reason', () => /connection refused/.test(errors));
        } finally {
          child.kill();
        }
      });
    });
  }

  it('a Pod answers through the proxy of the API', async () => {
    const { stdout } = await kubectl(['get', '--raw', '/api/v1/namespaces/default/pods/p:8081/proxy/index.html']);
    assert.equal(stdout.toString(), 'hello\n');
  });

  it('logs have their tail, their times, their since, and their limit', async () => {
    await pods.create('said', {
      script:
        'for i in 1 2 3; do echo "out $i"; echo "err $i" >&2; done; head -c 40000 /dev/zero | tr "\\0" x; echo; exec sleep 1000',
    });
    await pods.ready('said');
    const whole = await eventually('all of it', async () => {
      const { stdout } = await kubectl(['logs', 'said']);
      return stdout.length > 40_000 ? stdout.toString() : undefined;
    });
    const lines = whole.split('\n');
    assert.deepEqual(lines.slice(0, 6).sort(), ['err 1', 'err 2', 'err 3', 'out 1', 'out 2', 'out 3']);
    assert.equal(lines[6], 'x'.repeat(40_000));
    const stamped = (await kubectl(['logs', 'said', '--timestamps'])).stdout.toString().split('\n');
    assert.equal(stamped.length, lines.length);
    for (const line of stamped.slice(0, 7))
      assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) \S/);
    assert.equal((await kubectl(['logs', 'said', '--limit-bytes=9'])).stdout.length, 9);
    assert.equal((await kubectl(['logs', 'p', '--tail=2'])).stdout.toString().match(/tick \d+\n/g)?.length, 2);
    assert.equal((await kubectl(['logs', 'said', '--since-time=2100-01-01T00:00:00Z'])).stdout.length, 0);
  });

  it('a log is followed to the end of its container, and that of the attempt before is kept', async () => {
    await pods.create('short', { script: 'echo attempt; sleep 1; echo over; exit 1' });
    await pods.until('short', 'running', (pod) => containerStatus(pod)?.state?.running !== undefined);
    const { stdout } = await kubectl(['logs', '-f', 'short']);
    assert.equal(stdout.toString(), 'attempt\nover\n');
    await pods.until('short', 'restarted', (pod) => (containerStatus(pod)?.restartCount ?? 0) > 0);
    const before = await kubectl(['logs', '--previous', 'short']);
    assert.equal(before.stdout.toString(), 'attempt\nover\n', before.stderr);
  });

  it('a log that is rotated is followed without a gap', async () => {
    const script =
      'i=0; while [ $i -lt 3000 ]; do echo "line $i of a log that is long enough"; i=$((i+1)); [ $((i % 100)) = 0 ] && sleep 0.5; done; echo over; exec sleep 1000';
    await pods.create('noisy', { script });
    await pods.ready('noisy');
    const child = startKubectl(webSocket, cluster.hub.dir, ['logs', '-f', 'noisy']);
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    try {
      await eventually('the last line', () => seen.endsWith('over\n'), 60_000);
    } finally {
      child.kill();
    }
    const wanted = Array.from({ length: 3000 }, (_, line) => `line ${line} of a log that is long enough\n`).join('');
    assert.equal(seen, `${wanted}over\n`);
    const [node] = cluster.nodes;
    const { stdout } = (await node?.run(['sh', '-c', `ls ${node.podLogsDir}/default_noisy_*/main`])) ?? { stdout: '' };
    assert.match(stdout, /0\.log\.\d{8}-\d{6}/);
    assert.ok(stdout.trim().split('\n').length <= 3, stdout);
  });
});

function page(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/index.html', agent: false }, (response) => {
      text(response).then(resolve, reject);
    }).once('error', reject);
  });
}
