/** The log of a daemon: one JSON line an entry, with the room it comes from. Secrets never go in. */
import pino from 'pino';

/** What every part logs through. Fields first, then one plain sentence. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A log whose every line also says `room`. */
  child(fields: { room: string }): Log;
}

/** Log levels, most talkative first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A log on standard output, or into `file` (opened for append, mode 0600). */
export function createLog(options: { level: LogLevel; file?: string }): Log {
  const destination =
    options.file === undefined
      ? pino.destination({ fd: 1, sync: true })
      : pino.destination({ dest: options.file, sync: true, append: true, mode: 0o600 });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
}

/** A log that says nothing, for tests and short-lived commands. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
