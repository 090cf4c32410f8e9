/** What is wrong with an expression, as cel-go shows it: line and column, the line itself, and a mark below. */

/** One complaint. */
export interface Problem {
  /** In characters from the start. */
  readonly at: number;
  readonly message: string;
}

/** Thrown by the parser at the first thing it cannot read. */
export class SyntaxProblem extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

function shown(source: string, { at, message }: Problem): string {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1);
  const text = (source.split('\n')[line - 1] ?? '').replaceAll('\t', ' ');
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`;
}

/** All complaints about a source, in the order of their places. */
export function problemText(source: string, problems: readonly Problem[]): string {
  return [...problems]
    .sort((a, b) => a.at - b.at)
    .map((problem) => shown(source, problem))
    .join('\n');
}
