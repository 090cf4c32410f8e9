/** What is collected: one line of one container, and many of them on their way. */

/** Whose log a file is. */
export interface Origin {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  /** How often the container had been started before. */
  readonly attempt: number;
}

/** One line. */
export interface LogEntry {
  readonly origin: Origin;
  /** RFC 3339. */
  readonly time: string;
  /** Unknown for host processes, which write both into one file. */
  readonly stream: 'stdout' | 'stderr' | undefined;
  readonly line: string;
  /** Where the line begins in its file, in bytes: with the origin it names the line for good. */
  readonly offset: number;
}

/** Where entries go. One batch at a time; a batch counts as sent when `send` resolves. */
export interface Sink {
  /**
   * Resolves when the receiver has the entries. Rejects with RefusedError when it never will take them, with any other error when
   * it may later.
   */
  send(entries: readonly LogEntry[], signal: AbortSignal): Promise<void>;
  /** What must be known to go on after a restart without doubling; goes into the checkpoint. */
  readonly state: string;
  close(): Promise<void>;
}

/** The receiver takes this batch never. */
export class RefusedError extends Error {}

/** An entry as a line of JSON, without the line's end. */
export function jsonLine(entry: LogEntry, node: string): string {
  const { origin, time, stream, line, offset } = entry;
  const { uid, attempt, ...whose } = origin;
  return JSON.stringify({ time, node, ...whose, uid, attempt, stream, offset, log: line });
}
