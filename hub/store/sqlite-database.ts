/** A thin promise layer over the `sqlite3` driver, and the one place that translates its errors. */
import { statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Database, Statement } from 'sqlite3';
import { StoreError, type StoreFailure } from './store.ts';

const require = createRequire(import.meta.url);

/** What an SQLite result code means to the operator, and what to do about it. */
const failures: Record<string, [StoreFailure, string]> = {
  SQLITE_CORRUPT: ['corrupt', 'is damaged: restore a backup, or move the file away to start empty'],
  SQLITE_NOTADB: ['corrupt', 'is not a database: restore a backup, or move the file away to start empty'],
  SQLITE_FULL: ['full', 'cannot grow because the disk is full: make space, then try again'],
  SQLITE_READONLY: ['readonly', 'cannot be written: check the mount and the permissions of its folder'],
  SQLITE_CANTOPEN: ['readonly', 'cannot be opened: check that its folder exists and may be written'],
  SQLITE_PERM: ['readonly', 'may not be opened: check its owner and permissions'],
  SQLITE_BUSY: ['io', 'is in use by another hub: stop that one first, or choose another data directory'],
  SQLITE_IOERR: ['io', 'cannot be read or written: check the disk'],
};

/** SQLite's files beside a database are mapped into memory: where those find no space, it is told as a failure to read. */
function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < 128 * 1024;
  } catch {
    // whoever asks has a failure to tell already
    return false;
  }
}

function translate(file: string, error: Error & { code?: string }): StoreError {
  const code = error.code === 'SQLITE_IOERR' && isFull(file) ? 'SQLITE_FULL' : error.code;
  const [failure, meaning] = failures[code ?? ''] ?? ['io', `failed: ${error.message}`];
  return new StoreError(failure, `database ${file} ${meaning}`, { cause: error });
}

/** SQLite's online backup as the driver has it, which its types leave out (sqlite.org/backup.html). */
interface DriverBackup {
  readonly completed: boolean;
  step(pages: number, done: (error: Error | null) => void): void;
  finish(done: () => void): void;
}

/** A copy under way. */
export interface DatabaseCopy {
  /** Copies so many pages more; true when all are. What is written over this connection in between is copied as well. */
  step(pages: number): Promise<boolean>;
  /** Closes the copy, whole or not. */
  finish(): Promise<void>;
}

/** One open database file. */
export class SqliteDatabase {
  readonly file: string;
  readonly #database: Database;

  private constructor(file: string, database: Database) {
    this.file = file;
    this.#database = database;
  }

  /** Opens or makes `file` (mode 0600). */
  static async open(file: string): Promise<SqliteDatabase> {
    const sqlite3 = require('sqlite3') as typeof import('sqlite3');
    try {
      await (await open(file, 'a', 0o600)).close();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      const sqliteCode = code === 'ENOSPC' ? 'SQLITE_FULL' : 'SQLITE_CANTOPEN';
      throw translate(file, Object.assign(error as Error, { code: sqliteCode }));
    }
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(file, sqlite3.OPEN_READWRITE, (error) => {
        if (error) reject(translate(file, error));
        else resolve(new SqliteDatabase(file, database));
      });
    });
  }

  /** Runs statements without parameters or results. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.exec(sql, (error) => (error ? reject(translate(this.file, error)) : resolve()));
    });
  }

  /** Every row of a query. */
  all<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#database.all(sql, parameters, (error: Error | null, rows: unknown) =>
        error ? reject(translate(this.file, error)) : resolve(rows as Row[]),
      );
    });
  }

  /** Runs one statement and answers how many rows it changed. */
  run(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const file = this.file;
    return new Promise((resolve, reject) => {
      this.#database.run(sql, parameters, function (error) {
        if (error) reject(translate(file, error));
        else resolve(this.changes);
      });
    });
  }

  prepare(sql: string): Promise<Statement> {
    return new Promise((resolve, reject) => {
      const statement = this.#database.prepare(sql, (error: Error | null) =>
        error ? reject(translate(this.file, error)) : resolve(statement),
      );
    });
  }

  /** Runs a prepared statement. */
  runPrepared(statement: Statement, parameters: readonly unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      statement.run(parameters, (error: Error | null) => (error ? reject(translate(this.file, error)) : resolve()));
    });
  }

  finalize(statement: Statement): Promise<void> {
    return new Promise((resolve) => statement.finalize(() => resolve()));
  }

  /** Begins a copy into `file`, which is made anew (mode 0600). */
  async copyTo(file: string): Promise<DatabaseCopy> {
    await (await open(file, 'wx', 0o600)).close();
    const { backup } = this.#database as unknown as {
      backup(name: string, begun: (error: Error | null) => void): DriverBackup;
    };
    const copy = await new Promise<DriverBackup>((resolve, reject) => {
      const begun: DriverBackup = backup.call(this.#database, file, (error) =>
        error ? reject(translate(file, error)) : resolve(begun),
      );
    });
    return {
      step: (pages) =>
        new Promise((resolve, reject) => {
          copy.step(pages, (error) => (error ? reject(translate(file, error)) : resolve(copy.completed)));
        }),
      finish: () => new Promise((resolve) => copy.finish(() => resolve())),
    };
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.close((error) => (error ? reject(translate(this.file, error)) : resolve()));
    });
  }
}
