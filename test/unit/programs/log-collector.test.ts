/** The log collector: lines from bytes, files as they are found and cut, and receivers that come and go. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Checkpoint } from '../../../agent/programs/log-collector/checkpoint.ts';
import { Collector } from '../../../agent/programs/log-collector/collector.ts';
import { type LogEntry, RefusedError, type Sink } from '../../../agent/programs/log-collector/entry.ts';
import { FileSink } from '../../../agent/programs/log-collector/file-sink.ts';
import { HttpSink, nanoseconds } from '../../../agent/programs/log-collector/http-sink.ts';
import { type Format, parse } from '../../../agent/programs/log-collector/parse.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';

const origin = { namespace: 'a', pod: 'p', uid: 'u', container: 'c', attempt: 0 };
const time = '2026-01-02T03:04:05.5Z';
const never = new AbortController().signal;

function parsed(text: string, format: Format, isLast = false): { lines: string[]; used: number } {
  const { entries, used } = parse({ bytes: Buffer.from(text), at: 100, format, origin, now: time, isLast });
  return { lines: entries.map(({ offset, line }) => `${offset} ${line}`), used };
}

const entry = (line: string, offset = 0): LogEntry => ({ origin, time, stream: 'stdout', line, offset });

/** Entries that came, and whether more are taken now. */
function memorySink(): Sink & { lines: string[]; isAway: boolean; refuses: boolean } {
  return {
    lines: [],
    isAway: false,
    refuses: false,
    state: '',
    async send(entries) {
      if (this.isAway) throw new Error('away');
      if (this.refuses) throw new RefusedError('no');
      this.lines.push(...entries.map(({ line }) => line));
    },
    close: () => Promise.resolve(),
  };
}

async function collector(dir: string, sink: Sink): Promise<Collector> {
  const checkpoint = await Checkpoint.open(join(dir, 'state'));
  const places = { pods: join(dir, 'pods'), processes: join(dir, 'containers'), own: 'own' };
  const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 20, signal) };
  const made = new Collector({ places, sink, checkpoint, clock, log: silentLog, random: () => 0 });
  made.start();
  return made;
}

/** A tree with one container of each runtime. */
function tree(test: TestContext): { dir: string; cri: string; raw: string } {
  const dir = tempDir(test);
  const pod = join(dir, 'pods', 'a_p_u', 'c');
  const container = join(dir, 'containers', 'x.1');
  for (const each of [pod, container, join(dir, 'containers', 'own.1')]) mkdirSync(each, { recursive: true });
  writeFileSync(
    join(container, 'record.json'),
    JSON.stringify({ pod: { ...origin, name: 'q' }, name: 'c', attempt: 1 }),
  );
  writeFileSync(join(dir, 'containers', 'own.1', 'record.json'), JSON.stringify({ pod: { uid: 'own' } }));
  writeFileSync(join(dir, 'containers', 'own.1', 'log'), 'mine\n');
  return { dir, cri: join(pod, '0.log'), raw: join(container, 'log') };
}

describe('lines of logs', () => {
  it('of a container runtime have their parts joined, and an unfinished one waits', () => {
    const text = `${time} stdout F one\n${time} stdout P tw\n${time} stderr F no\n${time} stdout F o\n${time} stderr P mo`;
    const { lines, used } = parsed(text, 'cri');
    assert.deepEqual(lines, ['100 one', '171 no', '136 two']);
    assert.equal(text.slice(used), `${time} stderr P mo`);
    const cut = `${time} stdout P tw\n${time} stderr F no\n`;
    assert.deepEqual(parsed(cut, 'cri'), { lines: [], used: 0 });
    assert.equal(parsed(cut, 'cri', true).lines.length, 2);
  });

  it('of a host process end with a newline, or with the file', () => {
    assert.deepEqual(parsed('one\n\ntwo', 'raw'), { lines: ['100 one'], used: 5 });
    assert.deepEqual(parsed('one\n\ntwo', 'raw', true), { lines: ['100 one', '105 two'], used: 8 });
  });
});

describe('the log collector', () => {
  it('sends each line once over growth, rotation, cutting and restarts', async (test) => {
    const { dir, cri, raw } = tree(test);
    const sink = memorySink();
    writeFileSync(cri, `${time} stdout F one\n`);
    writeFileSync(raw, 'eins\nzw');
    const first = await collector(dir, sink);
    await eventually('what was there', () => sink.lines.length === 2);
    appendFileSync(raw, 'ei\n');
    await eventually('what was finished', () => sink.lines.includes('zwei'));
    await first.stop();
    renameSync(cri, `${cri}.20260102-030405`);
    appendFileSync(`${cri}.20260102-030405`, `${time} stdout F two\n`);
    writeFileSync(cri, `${time} stdout F three\n`);
    writeFileSync(`${raw}.1`, `${readFileSync(raw, 'utf8')}drei\n`);
    writeFileSync(raw, 'vier\n');
    const second = await collector(dir, sink);
    test.after(() => second.stop());
    await eventually('the others', () => sink.lines.length >= 7);
    assert.deepEqual(sink.lines.slice(0, 3).sort(), ['eins', 'one', 'zwei']);
    assert.deepEqual(sink.lines.slice(3), ['two', 'three', 'drei', 'vier']);
  });

  it('waits for a receiver that is away, and leaves out what is refused', async (test) => {
    const { dir, raw } = tree(test);
    const sink = memorySink();
    sink.isAway = true;
    writeFileSync(raw, 'one\n');
    const made = await collector(dir, sink);
    test.after(() => made.stop());
    sink.isAway = false;
    await eventually('the line', () => sink.lines.length === 1);
    sink.refuses = true;
    appendFileSync(raw, 'two\n');
    const checkpoint = join(dir, 'state', 'checkpoint.json');
    const noted = (): boolean => existsSync(checkpoint) && /:8\b/.test(readFileSync(checkpoint, 'utf8'));
    await eventually('the refusal', noted);
    sink.refuses = false;
    appendFileSync(raw, 'three\n');
    await eventually('the next', () => sink.lines.includes('three'));
    assert.deepEqual(sink.lines, ['one', 'three']);
  });
});

describe('receivers of logs', () => {
  it('a file is moved aside when it has grown, and what was not noted is cut away', async (test) => {
    const directory = tempDir(test);
    const options = { directory, node: 'n', maxSize: 400, maxFiles: 2, state: '' };
    const sink = await FileSink.open(options);
    await sink.send([entry('one')]);
    const { state } = sink;
    await sink.send([entry('not noted')]);
    await sink.close();
    const again = await FileSink.open({ ...options, state });
    const file = join(directory, 'pods.jsonl');
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      ...{ time, node: 'n', namespace: 'a', pod: 'p', container: 'c', uid: 'u', attempt: 0, stream: 'stdout' },
      ...{ offset: 0, log: 'one' },
    });
    for (const word of ['two', 'three']) await again.send([entry(word)]);
    await again.close();
    assert.match(readFileSync(file, 'utf8'), /three/);
    assert.match(readFileSync(`${file}.1`, 'utf8'), /two/);
    assert.equal(existsSync(`${file}.2`), false);
  });

  it('a URL gets lines of JSON or what Loki takes; what it answers says whether to try again', async (test) => {
    const bodies: string[] = [];
    let status = 204;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const isPacked = request.headers['content-encoding'] === 'gzip';
        bodies.push(`${request.headers.authorization} ${(isPacked ? gunzipSync(bytes) : bytes).toString()}`);
        response.writeHead(status).end('why');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.after(() => server.close());
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/push`);
    const options = { url, token: 'secret', node: 'n', dialect: 'json', compress: true } as const;
    const sink = new HttpSink(options);
    await sink.send([entry('one'), entry('two', 4)], never);
    assert.match(bodies[0] ?? '', /^Bearer secret \{.*"log":"one"\}\n\{.*"offset":4,"log":"two"\}\n$/);
    await new HttpSink({ ...options, dialect: 'loki', compress: false }).send([entry('one')], never);
    const stream = { node: 'n', namespace: 'a', pod: 'p', container: 'c', stream: 'stdout' };
    assert.deepEqual(JSON.parse((bodies[1] ?? '').replace('Bearer secret ', '')), {
      streams: [{ stream, values: [['1767323045500000000', 'one']] }],
    });
    status = 400;
    await assert.rejects(sink.send([entry('one')], never), RefusedError);
    status = 503;
    const failure = await sink.send([entry('one')], never).catch((error: unknown) => error);
    assert.ok(failure instanceof Error && !(failure instanceof RefusedError));
    assert.match(failure.message, /answered 503: why/);
    await sink.close();
  });

  it('times keep their nanoseconds', () => {
    assert.equal(nanoseconds('2026-01-02T03:04:05.123456789Z'), '1767323045123456789');
    assert.equal(nanoseconds('2026-01-02T04:04:05+01:00'), '1767323045000000000');
  });
});
