/** The store on disk: one SQLite table, every write an insert, row id = revision. */
import type { Statement } from 'sqlite3';
import { type CommitObserver, CommitQueue, type WaitingAppend } from './commit-queue.ts';
import { Newest } from './newest.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import {
  type AppendResult,
  type Store,
  StoreError,
  type StoreHead,
  type StoreOnDisk,
  type StoreRecord,
} from './store.ts';

/** Durability: an answer leaves only after its commit is on the disk, so FULL. EXCLUSIVE keeps a second hub out. */
const pragmas = `
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 16777216;
PRAGMA cache_size = -2048;
PRAGMA wal_autocheckpoint = 4000;`;

/**
 * No index beside the primary key: a write then only touches the end of the file, which is what spares an SD card. The
 * optimistic lock is in memory (newest.ts), compaction follows `previous`.
 */
const tables = `
CREATE TABLE IF NOT EXISTS log (revision INTEGER PRIMARY KEY, key TEXT NOT NULL, previous INTEGER NOT NULL, value BLOB);
CREATE TABLE IF NOT EXISTS head (name TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;`;

/** A whole batch in one statement: `?1` lists revision, key, previous, and where in `?2` the value is (length -1: none). */
const insertSql = `
INSERT INTO log (revision, key, previous, value)
SELECT value ->> 0, value ->> 1, value ->> 2, CASE WHEN value ->> 4 >= 0 THEN substr(?2, value ->> 3, value ->> 4) END
FROM json_each(?1)`;

/** Other values for records that are still there: `?1` lists revision and where in `?2` the value is. */
const rewriteSql = `
UPDATE log SET value = substr(?2, place.value ->> 1, place.value ->> 2)
FROM json_each(?1) AS place WHERE log.revision = place.value ->> 0`;

const recordsPerBatch = 512;
const rowsPerChunk = 500;
const keysPerChunk = 5000;
const compactionChunk = 500;
/** So many pages of 4 KiB are copied before appends get their turn. */
const pagesPerStep = 512;

interface Row {
  revision: number;
  key: string;
  previous: number;
  value: Buffer | null;
}

/** Opens the database `file`, checks it, and makes its tables. Throws StoreError with the cause and what to do. */
export async function openSqliteStore(options: { file: string; observe?: CommitObserver }): Promise<StoreOnDisk> {
  const database = await SqliteDatabase.open(options.file);
  try {
    await database.exec(pragmas);
    await checkIntegrity(database);
    await database.exec(tables);
    const head = await readHead(database);
    const newest = await readNewest(database);
    const insert = await database.prepare(insertSql);
    return new SqliteStore({ database, insert, newest, head, observe: options.observe });
  } catch (error) {
    await database.close().catch(() => {});
    throw error;
  }
}

async function checkIntegrity(database: SqliteDatabase): Promise<void> {
  const rows = await database.all<{ quick_check: string }>('PRAGMA quick_check(1)');
  const verdict = rows[0]?.quick_check ?? 'no answer';
  if (verdict === 'ok') return;
  throw new StoreError(
    'corrupt',
    `database ${database.file} is damaged (${verdict.split('\n')[0]}): restore a backup, or move the file away to start empty`,
  );
}

async function readHead(database: SqliteDatabase): Promise<StoreHead> {
  const sql =
    "SELECT coalesce((SELECT max(revision) FROM log), 0) AS revision, coalesce((SELECT revision FROM head WHERE name = 'compacted'), 0) AS compacted";
  const row = (await database.all<{ revision: number; compacted: number }>(sql))[0] ?? { revision: 0, compacted: 0 };
  return { revision: Math.max(row.revision, row.compacted), compacted: row.compacted };
}

async function readNewest(database: SqliteDatabase): Promise<Newest> {
  const newest = new Newest();
  const sql = `SELECT revision, key, value IS NULL AS gone FROM log WHERE revision > ? ORDER BY revision LIMIT ${keysPerChunk}`;
  let last = 0;
  for (;;) {
    const rows = await database.all<{ revision: number; key: string; gone: number }>(sql, [last]);
    for (const { key, revision, gone } of rows) newest.set(key, revision, gone === 1);
    const final = rows.at(-1);
    if (final === undefined) return newest;
    last = final.revision;
  }
}

/** What an open store is made of. */
interface SqliteParts {
  readonly database: SqliteDatabase;
  readonly insert: Statement;
  readonly newest: Newest;
  readonly head: StoreHead;
  readonly observe: CommitObserver | undefined;
}

class SqliteStore implements StoreOnDisk {
  readonly #database: SqliteDatabase;
  readonly #queue: CommitQueue;
  readonly #insert: Statement;
  readonly #newest: Newest;
  #head: StoreHead;

  constructor({ database, insert, newest, head, observe }: SqliteParts) {
    this.#database = database;
    this.#insert = insert;
    this.#newest = newest;
    this.#head = head;
    this.#queue = new CommitQueue({ write: (batch) => this.#write(batch), limit: recordsPerBatch, observe });
  }

  append(records: readonly StoreRecord[]): Promise<AppendResult> {
    return this.#queue.append(records);
  }

  head(): StoreHead {
    return this.#head;
  }

  async *since(revision: number): AsyncIterable<readonly StoreRecord[]> {
    if (revision !== 0 && revision < this.#head.compacted) {
      throw new StoreError('compacted', `history before revision ${this.#head.compacted} is gone`);
    }
    const sql = `SELECT revision, key, previous, value FROM log WHERE revision > ? ORDER BY revision LIMIT ${rowsPerChunk}`;
    let rows = await this.#database.all<Row>(sql, [revision]);
    for (;;) {
      const final = rows.at(-1);
      if (final === undefined) return;
      // the next rows are read, in the driver's thread, while these are worked on
      const next = this.#database.all<Row>(sql, [final.revision]);
      next.catch(() => {});
      yield rows;
      rows = await next;
    }
  }

  async rewrite(...[form, signal]: Parameters<Store['rewrite']>): Promise<number> {
    let count = 0;
    for await (const rows of this.since(0)) {
      signal?.throwIfAborted();
      const changed: { revision: number; value: Buffer }[] = [];
      for (const { value, ...row } of rows) {
        const next = value === null ? undefined : form({ ...row, value });
        if (next !== undefined) changed.push({ revision: row.revision, value: next });
      }
      if (changed.length === 0) continue;
      const { places, values } = placed(changed);
      await this.#queue.between(() => this.#database.run(rewriteSql, [places, values]));
      count += changed.length;
    }
    // free pages, the gaps within pages and the log in front of the table all hold old bytes
    await this.#queue.between(() => this.#database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
    return count;
  }

  async compact(revision: number): Promise<void> {
    const target = Math.min(revision, this.#head.revision);
    if (target <= this.#head.compacted) return;
    const mark = "INSERT INTO head VALUES ('compacted', ?) ON CONFLICT DO UPDATE SET revision = excluded.revision";
    await this.#queue.between(() => this.#database.run(mark, [target]));
    const from = this.#head.compacted;
    this.#head = { ...this.#head, compacted: target };
    await this.#dropReplaced(from, target);
    await this.#queue.between(() => this.#database.exec('PRAGMA incremental_vacuum(2000)'));
  }

  async copyTo(file: string): Promise<void> {
    const copy = await this.#database.copyTo(file);
    try {
      while (!(await this.#queue.between(() => copy.step(pagesPerStep)))) {
        // the next step waits for the appends that came meanwhile
      }
    } finally {
      await copy.finish();
    }
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#database.finalize(this.#insert);
    await this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => {});
    await this.#database.close();
  }

  /** Small steps, so that appends get their turn between them. */
  async #dropReplaced(from: number, target: number): Promise<void> {
    const replaced =
      'DELETE FROM log WHERE revision IN (SELECT previous FROM log WHERE revision > ? AND revision <= ?)';
    const tombstones = 'DELETE FROM log WHERE revision > ? AND revision <= ? AND value IS NULL';
    for (let start = from; start < target; start += compactionChunk) {
      const end = Math.min(start + compactionChunk, target);
      await this.#queue.between(() => this.#database.run(replaced, [start, end]));
      await this.#queue.between(() => this.#database.run(tombstones, [start, end]));
    }
  }

  /** One statement, so one transaction and one turn of the thread pool, begun before anything else happens. */
  async #write(batch: readonly WaitingAppend[]): Promise<readonly AppendResult[]> {
    const { results, records } = this.#newest.judge(batch);
    const last = records.at(-1);
    if (last === undefined) return results;
    try {
      const { index, values } = packed(records);
      await this.#database.runPrepared(this.#insert, [index, values]);
    } catch (error) {
      this.#newest.takeBack(records);
      throw error;
    }
    this.#head = { ...this.#head, revision: last.revision };
    return results;
  }
}

/** A batch as the statement takes it: an index of records, and their values end to end. */
function packed(records: readonly StoreRecord[]): { index: string; values: Buffer } {
  const values: Buffer[] = [];
  let index = '[';
  let at = 1;
  for (const { revision, key, previous, value } of records) {
    const length = value === null ? -1 : value.length;
    index += `${index.length === 1 ? '' : ','}[${revision},${JSON.stringify(key)},${previous},${at},${length}]`;
    if (value === null) continue;
    values.push(value);
    at += value.length;
  }
  return { index: `${index}]`, values: Buffer.concat(values, at - 1) };
}

/** Other values as the statement takes them: an index, and the values end to end. */
function placed(changed: readonly { revision: number; value: Buffer }[]): { places: string; values: Buffer } {
  const places: number[][] = [];
  let at = 1;
  for (const { revision, value } of changed) {
    places.push([revision, at, value.length]);
    at += value.length;
  }
  return { places: JSON.stringify(places), values: Buffer.concat(changed.map(({ value }) => value)) };
}
