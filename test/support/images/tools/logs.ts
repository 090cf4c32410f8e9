/** `logs [--lines N] [--every MS] [--size BYTES]`: writes numbered lines, filled up to a size, then ends. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/** Writes them. */
export async function command(args: string[]): Promise<void> {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { lines: number, every: number, size: number } });
  const every = Number(values.every ?? 0);
  for (let line = 0; line < Number(values.lines ?? 10); line += 1) {
    const text = `line ${line}`.padEnd(Number(values.size ?? 0), '.');
    // a full pipe is waited for
    if (!process.stdout.write(`${text}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    if (every > 0) await pause(every);
  }
}
