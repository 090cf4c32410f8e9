/** A connection that may become something else than HTTP. */
import type { Duplex } from 'node:stream';

/** The connection of a request that wants an upgrade. */
export interface Upgrade {
  readonly socket: Duplex;
  /** Bytes that came right behind the request. */
  readonly head: Buffer;
}
