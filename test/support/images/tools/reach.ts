/**
 * `reach TARGET… [--timeout MS]`: which of these servers answer from in here, all asked at once. TARGET is `tcp://HOST:PORT` or
 * `udp://HOST:PORT`; prints JSON of those that answered.
 */
import { parseArgs } from 'node:util';
import { dialOften } from './dial.ts';

/** Asks each once. */
export async function reach(targets: readonly string[], timeout: number): Promise<string[]> {
  const asked = await Promise.all(
    targets.map(async (target) => {
      const { answers } = await dialOften({ target, tries: 1, timeout, message: 'hostname\n' });
      return answers.length > 0 ? [target] : [];
    }),
  );
  return asked.flat();
}

/** Prints them. */
export async function command(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { timeout: { type: 'string' } },
  });
  process.stdout.write(`${JSON.stringify(await reach(positionals, Number(values.timeout ?? 700)))}\n`);
}
