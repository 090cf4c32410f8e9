/** What is mounted where, as the kernel says. */
import { readFile } from 'node:fs/promises';

/** Linux: proc(5), /proc/self/mountinfo: space, tab, newline and backslash are written in octal. */
function decode(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The places something is mounted at, in the order it was mounted; one that is covered twice is there twice. */
export function parseMountTable(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const path = line.split(' ')[4];
    return path === undefined ? [] : [decode(path)];
  });
}

/** Mounts at and below `directory` (a real path), the ones to undo first coming first. */
export async function mountsWithin(directory: string): Promise<string[]> {
  const table = parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'));
  const within = table.filter((path) => path === directory || path.startsWith(`${directory}/`));
  const depth = (path: string): number => path.split('/').length;
  // sort is stable: of mounts at one place the last is undone first
  return within.reverse().sort((a, b) => depth(b) - depth(a));
}
