/** The one error of calls to a container runtime, and what can be asked of it. */

/** Why a call failed, in the runtime's own words. */
export class CriError extends Error {
  /** As gRPC numbers them. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const hasCode =
  (code: number) =>
  (error: unknown): boolean =>
    error instanceof CriError && error.code === code;

/** The runtime did not answer in time, or the caller's time was over. */
export const isLate: (error: unknown) => boolean = hasCode(4);
/** The runtime does not know what the call is about. */
export const isNotFound: (error: unknown) => boolean = hasCode(5);
/** What the call makes is there already. */
export const isThere: (error: unknown) => boolean = hasCode(6);
/** The runtime does not know this call. */
export const isUnimplemented: (error: unknown) => boolean = hasCode(12);
/** The runtime cannot be reached. */
export const isUnavailable: (error: unknown) => boolean = hasCode(14);
