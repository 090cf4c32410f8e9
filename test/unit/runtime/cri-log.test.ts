/** Logs in the CRI's form: what the container wrote comes out, whatever the file does meanwhile. */
import assert from 'node:assert/strict';
import { appendFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CriLog } from '../../../agent/runtime/cri/log.ts';
import { CriLines, parseCriLine } from '../../../agent/runtime/cri/log-lines.ts';
import { logTail } from '../../../agent/runtime/cri/log-tail.ts';
import type { LogQuery } from '../../../agent/runtime/runtime.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';

const at = (second: number, text: string, tag = 'F', stream = 'stdout'): string =>
  `2026-01-02T03:04:${String(second).padStart(2, '0')}.5Z ${stream} ${tag} ${text}\n`;

interface Running {
  readonly log: CriLog;
  readonly file: string;
  exit(): void;
}

function aLog(test: TestContext, text = ''): Running {
  const file = join(tempDir(test), '0.log');
  writeFileSync(file, text);
  const listeners = new Set<() => void>();
  let running = true;
  const log = new CriLog({
    file,
    running: () => running,
    changed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return {
    log,
    file,
    exit() {
      running = false;
      for (const each of listeners) each();
    },
  };
}

async function read(log: CriLog, query: Partial<LogQuery> = {}): Promise<string> {
  let text = '';
  const wanted = { timestamps: false, follow: false, ...query };
  for await (const piece of log.read(wanted, new AbortController().signal)) text += piece.toString();
  return text;
}

/** Follows, and tells what has come so far. */
function follow(log: CriLog, query: Partial<LogQuery> = {}): { text(): string; ended: Promise<void>; stop(): void } {
  const controller = new AbortController();
  let text = '';
  const ended = (async () => {
    for await (const piece of log.read({ timestamps: false, follow: true, ...query }, controller.signal))
      text += piece.toString();
  })();
  return { text: () => text, ended, stop: () => controller.abort() };
}

describe('a line of a CRI log', () => {
  it('is read by its four parts, with tags of later versions', () => {
    const line = parseCriLine(Buffer.from('2026-01-02T03:04:05.000000001+02:00 stderr F:x some text\n'));
    assert.deepEqual(
      [line?.time, line?.stream, line?.text.toString()],
      ['2026-01-02T03:04:05.000000001+02:00', 'stderr', 'some text\n'],
    );
    assert.equal(parseCriLine(Buffer.from('t stdout P:x half\n'))?.text.toString(), 'half');
    assert.equal(parseCriLine(Buffer.from('t stdout F \n'))?.text.toString(), '\n');
  });

  it('is refused when it has another form', () => {
    for (const text of ['', '\n', 'word', 't stdout', 't stdout F', 't elsewhere F text\n', ' stdout F text\n'])
      assert.equal(parseCriLine(Buffer.from(text)), undefined, text);
  });

  it('comes out the same however its bytes are cut', () => {
    const bytes = Buffer.from(at(1, 'one') + at(2, 'tw', 'P') + at(3, 'o') + at(4, '') + at(5, 'three', 'F', 'stderr'));
    for (let size = 1; size < 60; size += 1) {
      const lines = new CriLines({ timestamps: false });
      let text = '';
      for (let from = 0; from < bytes.length; from += size) text += lines.take(bytes.subarray(from, from + size));
      assert.equal(text + lines.last(), 'one\ntwo\n\nthree\n');
    }
  });
});

describe('a CRI log', () => {
  const text = at(1, 'one') + at(2, 'two', 'F', 'stderr') + at(3, 'thr', 'P') + at(4, 'ee') + at(5, 'four');

  it('joins what was cut, and stamps where a line begins with nine digits', async (test) => {
    const { log } = aLog(test, text);
    assert.equal(await read(log), 'one\ntwo\nthree\nfour\n');
    assert.equal(
      await read(log, { timestamps: true }),
      '2026-01-02T03:04:01.500000000Z one\n2026-01-02T03:04:02.500000000Z two\n2026-01-02T03:04:03.500000000Z three\n2026-01-02T03:04:05.500000000Z four\n',
    );
  });

  it('gives the last lines, what came since, and no more bytes than asked', async (test) => {
    const { log } = aLog(test, text);
    assert.equal(await read(log, { tailLines: 1 }), 'four\n');
    assert.equal(await read(log, { tailLines: 0 }), '');
    assert.equal(await read(log, { tailLines: 100 }), 'one\ntwo\nthree\nfour\n');
    assert.equal(await read(log, { since: Date.parse('2026-01-02T03:04:02.500Z') }), 'two\nthree\nfour\n');
    assert.equal(await read(log, { since: Date.parse('2026-01-02T03:04:02.501Z') }), 'three\nfour\n');
    assert.equal(await read(log, { limitBytes: 6 }), 'one\ntw');
    assert.equal(await read(log, { limitBytes: 0 }), '');
  });

  it('leaves out lines that cannot be read', async (test) => {
    const { log } = aLog(
      test,
      `${at(1, 'one')}2026-01-02T03:04\n\0\0\0\n${at(2, 'two')}2026-01-02T03:04:03Z stdout F en`,
    );
    assert.equal(await read(log), 'one\ntwo\nen');
  });

  it('finds the end of a large file without reading the rest', async (test) => {
    const { log } = aLog(test, at(1, 'x'.repeat(1000)).repeat(20_000) + at(2, 'last'));
    assert.equal(await read(log, { tailLines: 1 }), 'last\n');
    assert.equal((await read(log, { tailLines: 3000 })).length, 2999 * 1001 + 5);
  });

  it('says nothing when there is no file', async (test) => {
    const { log, file, exit } = aLog(test);
    unlinkSync(file);
    assert.equal(await read(log), '');
    exit();
    assert.equal(await read(log, { follow: true }), '');
  });

  it('goes on with what is written until the container has exited', async (test) => {
    const { log, file, exit } = aLog(test, at(1, 'before') + at(1, 'shown'));
    const following = follow(log, { tailLines: 1 });
    await eventually('the tail', () => following.text() === 'shown\n');
    appendFileSync(file, at(2, 'more').slice(0, 20));
    appendFileSync(file, at(2, 'more').slice(20));
    await eventually('more', () => following.text() === 'shown\nmore\n');
    appendFileSync(file, at(3, 'last words'));
    exit();
    await following.ended;
    assert.equal(following.text(), 'shown\nmore\nlast words\n');
  });

  it('waits for a file that is not there yet', async (test) => {
    const { log, file, exit } = aLog(test);
    unlinkSync(file);
    const following = follow(log);
    await new Promise(setImmediate);
    writeFileSync(file, at(1, 'here'));
    await eventually('the file', () => following.text() === 'here\n');
    exit();
    await following.ended;
  });

  it('follows across rotations and loses nothing', async (test) => {
    const { log, file, exit } = aLog(test, at(1, 'zero'));
    const following = follow(log);
    let wanted = 'zero\n';
    for (let round = 1; round <= 20; round += 1) {
      await eventually('all so far', () => following.text() === wanted);
      const aside = `${file}.${round}`;
      renameSync(file, aside);
      writeFileSync(file, '');
      appendFileSync(aside, at(1, `late ${round}`));
      await new Promise(setImmediate);
      appendFileSync(aside, at(1, `later ${round}`));
      appendFileSync(file, at(2, `new ${round}`));
      wanted += `late ${round}\nlater ${round}\nnew ${round}\n`;
    }
    exit();
    await following.ended;
    assert.equal(following.text(), wanted);
  });

  it('begins again in a file that somebody cut', async (test) => {
    const { log, file, exit } = aLog(test, at(1, 'a long line before'));
    const following = follow(log);
    await eventually('the first', () => following.text() !== '');
    writeFileSync(file, at(2, 'short'));
    await eventually('the next', () => following.text() === 'a long line before\nshort\n');
    exit();
    await following.ended;
  });

  it('ends without error when the reader goes', async (test) => {
    const { log } = aLog(test, at(1, 'one'));
    const following = follow(log);
    await eventually('the line', () => following.text() === 'one\n');
    following.stop();
    await following.ended;
  });
});

describe('the tail of a log', () => {
  it('is cut to lines and to bytes', async (test) => {
    const { file } = aLog(test, at(1, 'one') + at(2, 'two', 'F', 'stderr') + at(3, 'three'));
    assert.equal(await logTail(file, 2, 2048), 'two\nthree\n');
    assert.equal(await logTail(file, 80, 8), 'o\nthree\n');
    assert.equal(await logTail(`${file}.none`, 80, 2048), '');
  });
});
