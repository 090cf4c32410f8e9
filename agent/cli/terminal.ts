/** What a command prints: plain lines, colours only on a terminal, progress with its seconds. */

/** Where a command writes. */
export interface Terminal {
  /** A line of the result, on standard output. */
  print(line: string): void;
  /** A line for the reader beside the result, on standard error. */
  note(line: string): void;
  /** Runs `work` under a title; says when it is done and how long it took. On a terminal `work` can tell how far it is. */
  step<T>(title: string, work: (progress: (what: string) => void) => Promise<T>): Promise<T>;
  readonly colours: boolean;
}

/** The process's own terminal. NO_COLOR (no-color.org) switches colours off, and so does a terminal that has none. */
export function processTerminal(): Terminal {
  const colours =
    process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
  return {
    colours,
    print: (line) => {
      process.stdout.write(`${line}\n`);
    },
    note: (line) => {
      process.stderr.write(`${line}\n`);
    },
    async step(title, work) {
      const began = performance.now();
      const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
      if (colours) process.stdout.write(fitting(`… ${title}`));
      try {
        const result = await work((what) => {
          if (colours) process.stdout.write(`\r\u001b[K${fitting(`… ${title}: ${what}`)}`);
        });
        process.stdout.write(
          colours ? `\r\u001b[K\u001b[32m✓\u001b[0m ${title} (${seconds()})\n` : `${title}: done in ${seconds()}\n`,
        );
        return result;
      } catch (error) {
        process.stdout.write(
          colours
            ? `\r\u001b[K\u001b[31m✗\u001b[0m ${title} (${seconds()})\n`
            : `${title}: failed after ${seconds()}\n`,
        );
        throw error;
      }
    },
  };
}

/** What is to be written over must not have gone on to a second line. */
const fitting = (line: string): string => line.slice(0, Math.max(10, (process.stdout.columns ?? 80) - 1));

/** A step nothing is told of, where the output is for a program. */
export const silently: Terminal['step'] = (_title, work) => work(() => {});

/** Columns padded to their widest cell, two spaces between them. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
