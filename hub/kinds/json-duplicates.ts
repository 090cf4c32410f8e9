/** Finds fields that are written twice in one JSON object, which a parser silently merges; only asked when there are some. */

/** Most duplicates that are told. */
const most = 100;

/** Splits well-formed JSON into strings, other scalars and structure characters. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\],:]+/g;

/** One object or list that is open. */
interface Level {
  /** The fields seen so far; undefined in a list. */
  readonly fields: Set<string> | undefined;
  /** The path to it. */
  readonly path: string;
  key: string;
  index: number;
  /** True where the next string is a key. */
  wantsKey: boolean;
}

/** The path of what is read next inside `level`. */
function pathIn(level: Level): string {
  if (level.fields === undefined) return `${level.path}[${level.index}]`;
  return level.path === '' ? level.key : `${level.path}.${level.key}`;
}

function open(path: string, object: boolean): Level {
  return { fields: object ? new Set() : undefined, path, key: '', index: 0, wantsKey: object };
}

/** Kubernetes' texts for the duplicate fields of `text`, which must be JSON, in reading order. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const levels: Level[] = [];
  for (const [part] of text.matchAll(token)) {
    const level = levels.at(-1);
    if (part === '{' || part === '[') levels.push(open(level === undefined ? '' : pathIn(level), part === '{'));
    else if (part === '}' || part === ']') levels.pop();
    else if (level !== undefined) step(level, part, found);
    if (found.length >= most) break;
  }
  return found;
}

/** Reads a comma, a colon or a scalar inside `level`. */
function step(level: Level, part: string, found: string[]): void {
  if (part === ',') {
    level.index++;
    level.wantsKey = level.fields !== undefined;
    return;
  }
  if (!level.wantsKey || level.fields === undefined || !part.startsWith('"')) return;
  level.wantsKey = false;
  level.key = JSON.parse(part) as string;
  if (level.fields.has(level.key)) found.push(`duplicate field ${JSON.stringify(pathIn(level))}`);
  level.fields.add(level.key);
}
