/** Reads what kubectl prints as a table: columns by where their headings begin. */

/** A printed table. */
export interface PrintedTable {
  readonly headings: readonly string[];
  /** One object a row, heading → cell. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** Cuts the lines below the headings. */
export function readTable(text: string): PrintedTable {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  // two blanks part headings; one blank is inside `NODE SELECTOR`
  const starts = [...head.matchAll(/(?<=^| {2,})\S/g)].map((match) => match.index);
  const cut = (line: string): string[] => starts.map((start, at) => line.slice(start, starts[at + 1]).trim());
  const headings = cut(head);
  const rows = lines.map((line) => Object.fromEntries(cut(line).map((cell, at) => [headings[at] ?? '', cell])));
  return { headings, rows };
}
