/** Results for scripts: JSON and YAML beside the lines people read. */
import { exitCodes, Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** Throws Failure when `format` is none of `known`. */
export function checkFormat(format: string, known: readonly string[]): void {
  if (known.includes(format)) return;
  const next = `use ${known.slice(0, -1).join(', ')} or ${known.at(-1)}`;
  throw new Failure(`unknown format "${format}"`, { next, exitCode: exitCodes.usage });
}

/** Prints `value` as JSON (two spaces) or YAML. */
export async function printStructured(terminal: Terminal, format: 'json' | 'yaml', value: unknown): Promise<void> {
  if (format === 'json') {
    terminal.print(JSON.stringify(value, null, 2));
    return;
  }
  const { stringify } = await import('yaml');
  terminal.print(stringify(value).trimEnd());
}
