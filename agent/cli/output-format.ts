/** Results for scripts: JSON and YAML beside the lines people read. */
import type { Terminal } from './terminal.ts';

/** Prints `value` as JSON (two spaces) or YAML. */
export async function printStructured(terminal: Terminal, format: 'json' | 'yaml', value: unknown): Promise<void> {
  if (format === 'json') {
    terminal.print(JSON.stringify(value, null, 2));
    return;
  }
  const { stringify } = await import('yaml');
  terminal.print(stringify(value).trimEnd());
}
