/** A process somebody watches: what `exec` and `attach` hand over, whatever runtime it is. */
import type { Readable, Writable } from 'node:stream';

/** What the one who watches wants. */
export interface LiveOptions {
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** The streams of a command, or of a container itself. */
export interface LiveProcess {
  /** Undefined when nobody wants to write. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  /** Undefined behind a terminal, which has one output. */
  readonly stderr: Readable | undefined;
  /** Tells the terminal its size in characters. */
  resize(columns: number, rows: number): void;
  /**
   * The exit code, 128 plus the signal's number when a signal ended it. Output may still be there to read. Rejects with
   * RuntimeError when it could not be started, or its end cannot be known.
   */
  readonly exited: Promise<number>;
  /** Whoever watched is gone: a command ends, a container goes on. */
  leave(): void;
}
