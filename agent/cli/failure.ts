/** A command that failed: one clear line, what to do next, and an exit code that means something. */
import { again } from './again.ts';

/** Exit codes of `coracle`. */
export const exitCodes = {
  /** It could not be done. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The hub does not run or does not answer. */
  notRunning: 3,
  /** The identity of the hub could not be verified, or it refused the credentials. */
  refused: 4,
  /** It did not happen in time. */
  timeout: 5,
} as const;

/** A failure the user reads. `next` is what to do about it. */
export class Failure extends Error {
  readonly next: string | undefined;
  readonly exitCode: number;

  constructor(message: string, options: { next?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.next = options.next;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** The hub of this data directory does not run. */
export function notRunning(root: string): Failure {
  return new Failure(`the hub is not running (data directory ${root})`, {
    next: `start it with: ${again('start')}`,
    exitCode: exitCodes.notRunning,
  });
}
