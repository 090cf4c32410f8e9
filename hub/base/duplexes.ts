/** Joining two byte streams so that each half ends by itself and a broken one takes the other along. */
import type { Duplex } from 'node:stream';

/** Carries both ways, as fast as each side takes it. What ended in order still goes out; a side that broke ends both. */
export function joinDuplexes(one: Duplex, other: Duplex): void {
  half(one, other);
  half(other, one);
}

function half(from: Duplex, to: Duplex): void {
  from.on('error', () => to.destroy());
  from.on('close', () => {
    if (!from.readableEnded || !from.writableFinished) to.destroy();
  });
  if (from.destroyed) to.destroy();
  else from.pipe(to);
}
