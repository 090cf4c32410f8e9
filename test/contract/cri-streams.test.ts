/** Streams of a CRI runtime over a real containerd: commands, attaching, ports, and logs that rotate. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { ContainerConfig } from '../../agent/runtime/container.ts';
import { type CriRuntime, createCriRuntime } from '../../agent/runtime/cri/cri.ts';
import type { LiveOptions, LiveProcess } from '../../agent/runtime/live-process.ts';
import { RuntimeError } from '../../agent/runtime/runtime.ts';
import type { PodIdentity } from '../../agent/runtime/sandbox.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { noContainers } from '../support/cluster/available.ts';
import { type LoneContainerd, startLoneContainerd } from '../support/cluster/lone-containerd.ts';
import { criAgent, ended } from '../support/cri-agent.ts';
import { eventually } from '../support/eventually.ts';
import { anyPod, containerFor, sandboxFor } from '../support/runtime-objects.ts';

const resting = 'trap "exit 0" TERM; sleep 1000 & wait';
const pipes = { stdin: true, tty: false };
const silent = { stdin: false, tty: false };

/** Everything both outputs say, and the exit code. */
async function outcome(live: LiveProcess): Promise<[stdout: string, stderr: string | undefined, code: number]> {
  const [stdout, stderr, code] = await Promise.all([
    text(live.stdout),
    live.stderr === undefined ? undefined : text(live.stderr),
    live.exited,
  ]);
  return [stdout, stderr, code];
}

/** Writes a block again and again as fast as it is taken, and ends. */
async function pour(block: Buffer, times: number, into: Writable): Promise<void> {
  for (let time = 0; time < times; time += 1)
    if (!into.write(block)) await new Promise((resolve) => into.once('drain', resolve));
  into.end();
}

async function sumOf(from: Readable, until = Number.POSITIVE_INFINITY): Promise<string> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const piece of from) {
    hash.update(piece as Buffer);
    read += (piece as Buffer).length;
    if (read >= until) break;
  }
  return hash.digest('hex');
}

function sumOfBlocks(block: Buffer, times: number): string {
  const hash = createHash('sha256');
  for (let time = 0; time < times; time += 1) hash.update(block);
  return hash.digest('hex');
}

describe('streams of a CRI runtime', { skip: noContainers }, () => {
  let lone: LoneContainerd;
  let image: string;

  before(async () => {
    lone = await startLoneContainerd();
    image = await lone.image('busybox');
  });
  after(() => lone?.stop());

  interface World {
    readonly runtime: CriRuntime;
    readonly pod: PodIdentity;
    readonly config: ContainerConfig;
    run(command: readonly string[], options?: LiveOptions): Promise<LiveProcess>;
  }

  /** A Pod with a network of its own and one container that runs `script`. */
  async function world(test: TestContext, script = resting, changes: Partial<ContainerConfig> = {}): Promise<World> {
    const { runtime } = await criAgent(test, lone);
    await runtime.images.pull(image, [], test.signal);
    const pod = anyPod();
    await runtime.ensureSandbox(sandboxFor(pod));
    const config = containerFor(pod, script, { image, ...changes });
    await runtime.startContainer(config);
    const run: World['run'] = (command, options = silent) => runtime.run(config.id, { ...options, command });
    return { runtime, pod, config, run };
  }

  describe('of a command', () => {
    it('end with its code, its outputs apart', async (test) => {
      const { run } = await world(test);
      assert.deepEqual(await outcome(await run(['sh', '-c', 'echo out; echo err >&2; exit 42'])), [
        'out\n',
        'err\n',
        42,
      ]);
      assert.deepEqual(await outcome(await run(['sh', '-c', 'kill -9 $$'])), ['', '', 137]);
    });

    it('let its input end by itself', async (test) => {
      const { run } = await world(test);
      const live = await run(['sh', '-c', 'wc -c; echo done'], pipes);
      live.stdin?.end('12345');
      assert.deepEqual(await outcome(live), ['5\ndone\n', '', 0]);
    });

    it('carry a hundred million bytes there and back unchanged, in little memory', async (test) => {
      const { run } = await world(test);
      const live = await run(['cat'], pipes);
      assert.ok(live.stdin);
      const block = randomBytes(1_000_000);
      const before = process.memoryUsage().rss;
      const [sum] = await Promise.all([sumOf(live.stdout), pour(block, 100, live.stdin)]);
      const grown = (process.memoryUsage().rss - before) / 1e6;
      assert.deepEqual([sum, await live.exited], [sumOfBlocks(block, 100), 0]);
      assert.ok(grown < 100, `grew by ${grown} MB`);
    });

    it('lose nothing when they are read slowly', async (test) => {
      const { run } = await world(test);
      for (let round = 0; round < 10; round += 1) {
        const live = await run(['sh', '-c', 'head -c 500000 /dev/zero; exit 3']);
        let read = 0;
        for await (const piece of live.stdout) {
          read += (piece as Buffer).length;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        assert.deepEqual([read, await live.exited], [500_000, 3]);
      }
    });

    it('end also when it does not read its input', async (test) => {
      const { run } = await world(test);
      const unread = async (bytes: number): Promise<[string, number | string]> => {
        const live = await run(['sh', '-c', 'head -c 5 >/dev/null; echo enough; exit 9'], pipes);
        live.stdin?.on('error', () => {});
        live.stdin?.end(Buffer.alloc(bytes));
        live.stderr?.resume();
        const told = ({ message }: Error): string => message;
        return Promise.all([text(live.stdout).catch(told), live.exited.catch(told)]);
      };
      for (let round = 0; round < 5; round += 1) assert.deepEqual(await unread(30_000), ['enough\n', 9]);
      // containerd may wait for ever for somebody to read that much, and tells no code before; or it closes while input is on
      // its way, which resets the connection: then what had not been read yet is lost, and that is said
      const broke = 'the connection to the container runtime broke';
      for (const [said, code] of await Promise.all([1, 2, 3, 4].map(() => unread(3_000_000)))) {
        if (said !== 'enough\n') assert.deepEqual([said, code], ['the stream was reset', broke]);
        else if (code !== 9 && code !== broke) assert.match(String(code), /ended without reading its input/);
      }
    });

    it('have the size of a terminal, and its changes', async (test) => {
      const { run } = await world(test);
      // sizes and input travel apart: which comes first is open
      const script = 'read line; until [ "$(stty size 2>&1)" = "45 123" ]; do sleep 0.05; done; stty size; tty; exit 4';
      const live = await run(['sh', '-c', script], { stdin: true, tty: true });
      assert.equal(live.stderr, undefined);
      live.resize(80, 24);
      live.resize(123, 45);
      live.stdin?.write('\n');
      assert.deepEqual(await outcome(live), ['\r\n45 123\r\n/dev/pts/0\r\n', undefined, 4]);
    });

    it('say that there is no such program, or that the container does not run', async (test) => {
      const { runtime, run, config } = await world(test);
      const missing = await run(['no-such-program']);
      await assert.rejects(missing.exited, (error: Error) => {
        return error instanceof RuntimeError && /"no-such-program": executable file not found/.test(error.message);
      });
      await runtime.stopContainer(config.id, 0);
      const words = { reason: 'ExecError', message: 'the container does not run' };
      await assert.rejects(run(['true']), words);
    });

    it('are left without a trace by one that reads', async (test) => {
      const { run } = await world(test);
      const live = await run(['sh', '-c', 'echo $$; cat; rm -f /proc/none'], pipes);
      const pid = String((await live.stdout[Symbol.asyncIterator]().next()).value).trim();
      live.leave();
      await assert.rejects(live.exited, /broke/);
      await eventually('the command to end', async () => {
        const [, , code] = await outcome(await run(['test', '-d', `/proc/${pid}`]));
        return code === 1;
      });
    });
  });

  describe('of a container', () => {
    it('are joined where they are, and end with it', async (test) => {
      const { runtime, config } = await world(test, 'cat; exit 5', { stdin: true, stdinOnce: true });
      const live = await runtime.attach(config.id, pipes);
      live.stdin?.end('some words\n');
      assert.equal(await text(live.stdout), 'some words\n');
      assert.equal(await live.exited, 0);
      assert.equal((await ended(runtime, config.id)).exitCode, 5);
    });

    it('can be a terminal, and go on when somebody leaves', async (test) => {
      const script = 'while read line; do echo "got $line"; stty size; done';
      const { runtime, config } = await world(test, script, { stdin: true, tty: true });
      for (const [columns, rows] of [
        [80, 24],
        [99, 33],
      ] as const) {
        const live = await runtime.attach(config.id, { stdin: true, tty: true });
        let seen = '';
        live.stdout.on('data', (piece: Buffer) => {
          seen += piece.toString();
        });
        live.resize(columns, rows);
        await eventually('the answer', async () => {
          live.stdin?.write('this\n');
          return seen.includes(`got this\r\n${rows} ${columns}\r\n`);
        });
        live.leave();
      }
      assert.equal((await runtime.list()).containers.find(({ id }) => id === config.id)?.state, 'running');
    });
  });

  describe('to a port', () => {
    it('reach what listens on localhost of the Pod only', async (test) => {
      const script = 'mkdir /www && echo hello > /www/index.html && exec httpd -f -p 127.0.0.1:8080 -h /www';
      const { runtime, pod } = await world(test, script);
      const answer = await eventually('the server', async () => {
        const connection = await runtime.connect(pod.uid, 8080);
        connection.write('GET /index.html HTTP/1.0\r\n\r\n');
        return text(connection).catch(() => undefined);
      });
      assert.match(answer, /^HTTP\/1\.[01] 200 OK[\s\S]*\r\n\r\nhello\n$/);
    });

    it('carry fifty million bytes each way, and several at once', async (test) => {
      const { runtime, pod } = await world(test, 'exec nc -ll -p 9000 -e cat');
      const block = randomBytes(1_000_000);
      const echo = async (): Promise<string> => {
        const connection = await runtime.connect(pod.uid, 9000);
        const sum = sumOf(connection, 25_000_000);
        // all may be back, and the connection closed, before the last write is known to be done
        for (let time = 0; time < 25; time += 1)
          if (!connection.write(block))
            await new Promise<void>((resolve) => connection.once('drain', resolve).once('close', resolve));
        return sum;
      };
      await eventually('the server', async () => {
        const connection = await runtime.connect(pod.uid, 9000);
        connection.end('x');
        return (await text(connection).catch(() => '')) === 'x';
      });
      const wanted = sumOfBlocks(block, 25);
      assert.deepEqual(await Promise.all([echo(), echo()]), [wanted, wanted]);
    });

    it('break with words when nobody listens, or there is no Pod', async (test) => {
      const { runtime, pod } = await world(test);
      await assert.rejects(text(await runtime.connect(pod.uid, 81)), /connect.*:81\b.*connection refused/);
      await assert.rejects(runtime.connect(anyPod().uid, 81), { message: 'the Pod does not run' });
    });
  });

  it('of a log go on across rotations and lose nothing', async (test) => {
    const dir = join(lone.dir, 'agents', 'rotating');
    const runtime = await createCriRuntime({
      ...{ endpoint: lone.containerd.socket, dir, podLogsDir: join(lone.dir, 'logs'), addresses: () => [] },
      ...{ logMaxSize: 20_000, logMaxFiles: 4, log: silentLog },
      // the ten seconds between two looks are short here
      clock: { ...systemClock, after: (wait, run) => systemClock.after(wait / 100, run) },
    });
    await runtime.start();
    const pod = anyPod();
    test.after(async () => {
      await runtime.removeSandbox(pod.uid);
      await runtime.stop();
    });
    await runtime.images.pull(image, [], test.signal);
    await runtime.ensureSandbox(sandboxFor(pod));
    const script =
      'i=0; while [ $i -lt 20000 ]; do echo "line $i of many"; i=$((i+1)); done; head -c 40000 /dev/zero | tr "\\0" x; echo; exec sleep 1000';
    const config = containerFor(pod, script, { image });
    await runtime.startContainer(config);
    const wanted = `${Array.from({ length: 20_000 }, (_, line) => `line ${line} of many\n`).join('')}${'x'.repeat(40_000)}\n`;
    let seen = '';
    for await (const piece of runtime.log(config.id)?.read({ follow: true, timestamps: false }, test.signal) ?? []) {
      seen += piece.toString();
      if (seen.length >= wanted.length) break;
    }
    assert.equal(seen, wanted);
    const directory = join(lone.dir, 'logs', `${pod.namespace}_${pod.name}_${pod.uid}`, config.name);
    const names = readdirSync(directory);
    assert.ok(names.length > 1 && names.length <= 4, names.join());
  });
});
