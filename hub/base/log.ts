/** The log of a daemon: one JSON line an entry, with the room it comes from. Secrets never go in. */
import { openSync, writeSync } from 'node:fs';

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

const levels: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log on standard output, or into `file` (opened for append, mode 0600). Each line is written before the call returns. */
export function createLog(options: { level: LogLevel; file?: string }): Log {
  const descriptor = options.file === undefined ? 1 : openSync(options.file, 'a', 0o600);
  return logTo(descriptor, levels[options.level], {});
}

function logTo(descriptor: number, least: number, bound: object): Log {
  const at = (level: LogLevel) => (fields: object, message: string) => {
    if (levels[level] < least) return;
    const line = JSON.stringify({ level, time: new Date().toISOString(), ...bound, ...fields, msg: message });
    writeLine(descriptor, `${line}\n`);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => logTo(descriptor, least, { ...bound, ...fields }),
  };
}

/** A daemon goes on when its log cannot be written: a full disk or a closed pipe must not end it. */
function writeLine(descriptor: number, line: string): void {
  try {
    writeSync(descriptor, line);
  } catch (error) {
    process.emitWarning(`the log cannot be written: ${String(error)}`, { code: 'CORACLE_LOG' });
  }
}

/** A log that says nothing, for tests and short-lived commands. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
