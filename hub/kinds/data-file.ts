/** The facts this room is made from: tables in the folder `data`, read when first needed. */
import { existsSync, readFileSync } from 'node:fs';

/** Where a table lies. */
function dataPath(name: string): URL {
  return new URL(`./data/${name}`, import.meta.url);
}

/** The bytes of a table that is always there. */
export function readData(name: string): Buffer {
  return readFileSync(dataPath(name));
}

/** The bytes of a table that a build makes, or undefined when it was not made. */
export function readOptionalData(name: string): Buffer | undefined {
  const path = dataPath(name);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** The rows of a small tab-separated table without its heading; cells that are missing are ''. */
export function readTable(name: string, columns: number): string[][] {
  const rows: string[][] = [];
  const lines = readData(name).toString('utf8').split('\n');
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || line === '') continue;
    const cells = line.split('\t');
    while (cells.length < columns) cells.push('');
    rows.push(cells);
  }
  return rows;
}
