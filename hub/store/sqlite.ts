/** The store on disk: one SQLite table, every write an insert, row id = revision. */
import type { Statement } from 'sqlite3';
import { type CommitObserver, CommitQueue, type WaitingAppend } from './commit-queue.ts';
import { isConstraint, SqliteDatabase } from './sqlite-database.ts';
import { type AppendResult, type Store, StoreError, type StoreHead, type StoreRecord } from './store.ts';

/** Durability: an answer leaves only after its commit is on the disk, so FULL. EXCLUSIVE keeps a second hub out. */
const pragmas = `
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 16777216;
PRAGMA cache_size = -2048;`;

/** The trigger is the optimistic lock: a write that does not replace the newest record of its key aborts. */
const tables = `
CREATE TABLE IF NOT EXISTS log (revision INTEGER PRIMARY KEY, key TEXT NOT NULL, previous INTEGER NOT NULL, value BLOB);
CREATE INDEX IF NOT EXISTS log_key ON log (key, revision);
CREATE TABLE IF NOT EXISTS head (name TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS log_lock BEFORE INSERT ON log BEGIN
  SELECT RAISE(ABORT, 'lost race') WHERE NEW.previous <> coalesce(
    (SELECT CASE WHEN value IS NULL THEN 0 ELSE revision END FROM log WHERE key = NEW.key ORDER BY revision DESC LIMIT 1), 0);
END;`;

/** A whole batch in one statement: `?1` lists revision, key, previous, and where in `?2` the value is (length -1: none). */
const insertSql = `
INSERT INTO log (revision, key, previous, value)
SELECT value ->> 0, value ->> 1, value ->> 2, CASE WHEN value ->> 4 >= 0 THEN substr(?2, value ->> 3, value ->> 4) END
FROM json_each(?1)`;

const recordsPerBatch = 512;
const rowsPerChunk = 500;
const compactionChunk = 500;

interface Row {
  revision: number;
  key: string;
  previous: number;
  value: Buffer | null;
}

/** Opens the database `file`, checks it, and makes its tables. Throws StoreError with the cause and what to do. */
export async function openSqliteStore(options: { file: string; observe?: CommitObserver }): Promise<Store> {
  const database = await SqliteDatabase.open(options.file);
  try {
    await database.exec(pragmas);
    await checkIntegrity(database);
    await database.exec(tables);
    const head = await readHead(database);
    return new SqliteStore(database, head, options.observe);
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

class SqliteStore implements Store {
  readonly #database: SqliteDatabase;
  readonly #queue: CommitQueue;
  #insert: Promise<Statement> | undefined;
  #head: StoreHead;

  constructor(database: SqliteDatabase, head: StoreHead, observe: CommitObserver | undefined) {
    this.#database = database;
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
    let last = revision;
    for (;;) {
      const rows = await this.#database.all<Row>(sql, [last]);
      const final = rows.at(-1);
      if (final === undefined) return;
      last = final.revision;
      yield rows;
    }
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

  async close(): Promise<void> {
    await this.#queue.close();
    if (this.#insert !== undefined) await this.#database.finalize(await this.#insert);
    await this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => {});
    await this.#database.close();
  }

  /** Small steps, so that appends get their turn between them. */
  async #dropReplaced(from: number, target: number): Promise<void> {
    const sql = `DELETE FROM log WHERE revision IN (
      SELECT older.revision FROM log AS newer JOIN log AS older ON older.key = newer.key AND older.revision < newer.revision
      WHERE newer.revision > ? AND newer.revision <= ? LIMIT ${compactionChunk})`;
    while ((await this.#queue.between(() => this.#database.run(sql, [from, target]))) > 0);
    const tombstones = 'DELETE FROM log WHERE revision > ? AND revision <= ? AND value IS NULL';
    await this.#queue.between(() => this.#database.run(tombstones, [from, target]));
  }

  async #write(batch: readonly WaitingAppend[]): Promise<readonly AppendResult[]> {
    const records = batch.flatMap((append) => append.records);
    try {
      await this.#insertAll(records);
      this.#advance(records);
      return batch.map(() => ({ ok: true }));
    } catch (error) {
      if (!isConstraint(error)) throw error;
      return this.#writeOneByOne(batch);
    }
  }

  /** One of the batch lost its race: the others are still good, so each append goes by itself. */
  async #writeOneByOne(batch: readonly WaitingAppend[]): Promise<AppendResult[]> {
    const results: AppendResult[] = [];
    for (const append of batch) {
      try {
        await this.#insertAll(append.records);
        this.#advance(append.records);
        results.push({ ok: true });
      } catch (error) {
        if (!isConstraint(error)) throw error;
        results.push(await this.#loser(append.records));
      }
    }
    return results;
  }

  #advance(records: readonly StoreRecord[]): void {
    const last = records.at(-1);
    if (last !== undefined && last.revision > this.#head.revision)
      this.#head = { ...this.#head, revision: last.revision };
  }

  async #loser(records: readonly StoreRecord[]): Promise<AppendResult> {
    const sql = 'SELECT revision, value IS NULL AS gone FROM log WHERE key = ? ORDER BY revision DESC LIMIT 1';
    for (const record of records) {
      const row = (await this.#database.all<{ revision: number; gone: number }>(sql, [record.key]))[0];
      const current = row === undefined || row.gone === 1 ? 0 : row.revision;
      if (current !== record.previous) return { ok: false, key: record.key, current };
    }
    return { ok: false, key: records[0]?.key ?? '', current: 0 };
  }

  /** All or none: one statement is its own transaction. */
  async #insertAll(records: readonly StoreRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#insert ??= this.#database.prepare(insertSql);
    const { index, values } = packed(records);
    await this.#database.runPrepared(await this.#insert, [index, values]);
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
