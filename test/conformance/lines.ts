/** The lines of the Kubernetes conformance list: one behaviour each, as lines.tsv has them. */
import { readFileSync } from 'node:fs';

/** One line. */
export interface Line {
  readonly group: string;
  /** The source file of the official test. */
  readonly source: string;
  /** The short name our test carries. */
  readonly name: string;
  readonly behaviour: string;
  /** The newest Kubernetes release the line names, as a number: 36 for v1.36. */
  readonly release: number;
}

/** The Kubernetes level this project aims at. */
const level = 36;

/** Every line up to our level. */
export function readLines(): Line[] {
  const rows = readFileSync(new URL('lines.tsv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
  return rows
    .map((row) => {
      const [group = '', source = '', name = '', behaviour = '', releases = ''] = row.split('\t');
      const numbers = [...releases.matchAll(/1\.(\d+)/g)].map((match) => Number(match[1]));
      return { group, source, name, behaviour, release: Math.min(...numbers) };
    })
    .filter((line) => line.release <= level);
}

/** The title of a line's test. */
export function titleOf(line: Pick<Line, 'group' | 'source' | 'name'>): string {
  return `[${line.group}] ${line.source}: ${line.name}`;
}
