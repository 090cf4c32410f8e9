/** Small buffers that are kept hold little memory. */
import { Buffer } from 'node:buffer';

/**
 * Bytes of the pieces in which Node makes small buffers, from now on. A piece lives as long as one buffer in it, and some are kept for
 * good: mqtt-packet remembers how each length of a packet is written, so that each length seen for the first time would hold one of
 * Node's 64 KiB, which in months is more than a device has.
 */
export function keepSmallBuffersApart(): void {
  Buffer.poolSize = 256;
}
