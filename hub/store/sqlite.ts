/** The store on disk: one SQLite table, every write an insert, row id = revision. */
import type { Statement } from 'sqlite3';
import { CommitQueue, type WaitingAppend } from './commit-queue.ts';
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
export async function openSqliteStore(options: { file: string }): Promise<Store> {
  const database = await SqliteDatabase.open(options.file);
  try {
    await database.exec(pragmas);
    await checkIntegrity(database);
    await database.exec(tables);
    const head = await readHead(database);
    return new SqliteStore(database, head);
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

/** How many rows one statement takes: few distinct numbers, so few prepared statements. */
function statementRows(count: number): number {
  if (count <= 8) return count;
  if (count < 64) return count - (count % 8);
  return count - (count % 64);
}

class SqliteStore implements Store {
  readonly #database: SqliteDatabase;
  readonly #queue: CommitQueue;
  readonly #inserts = new Map<number, Promise<Statement>>();
  #head: StoreHead;

  constructor(database: SqliteDatabase, head: StoreHead) {
    this.#database = database;
    this.#head = head;
    this.#queue = new CommitQueue({ write: (batch) => this.#write(batch), limit: recordsPerBatch });
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
    for (const insert of this.#inserts.values()) await this.#database.finalize(await insert);
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

  /** All or none: one statement is its own transaction; more than one get an explicit one. */
  async #insertAll(records: readonly StoreRecord[]): Promise<void> {
    const first = statementRows(records.length);
    if (first === records.length) return this.#insert(records);
    await this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (let start = 0; start < records.length; ) {
        const count = statementRows(records.length - start);
        await this.#insert(records.slice(start, start + count));
        start += count;
      }
      await this.#database.exec('COMMIT');
    } catch (error) {
      await this.#database.exec('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  async #insert(records: readonly StoreRecord[]): Promise<void> {
    if (records.length === 0) return;
    let statement = this.#inserts.get(records.length);
    if (statement === undefined) {
      const rows = Array.from(records, () => '(?,?,?,?)').join(',');
      statement = this.#database.prepare(`INSERT INTO log (revision, key, previous, value) VALUES ${rows}`);
      this.#inserts.set(records.length, statement);
    }
    const parameters: unknown[] = [];
    for (const record of records) parameters.push(record.revision, record.key, record.previous, record.value);
    await this.#database.runPrepared(await statement, parameters);
  }
}
