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

/** Told of each field in reading order; `again` when it stands in its object for a second time. False ends the reading. */
type Visit = (path: string, again: boolean) => boolean;

/** Kubernetes' texts for the duplicate fields of `text`, which must be JSON, in reading order. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  visitFields(text, (path, again) => {
    if (again) found.push(duplicateField(path));
    return found.length < most;
  });
  return found;
}

/** `problems` (unknown and duplicate fields of `text`, which must be JSON) in reading order. */
export function inReadingOrder(text: string, problems: readonly string[]): string[] {
  const left = new Set(problems);
  const found: string[] = [];
  visitFields(text, (path, again) => {
    const told = again ? duplicateField(path) : `unknown field ${JSON.stringify(path)}`;
    if (left.delete(told)) found.push(told);
    return left.size > 0;
  });
  return [...found, ...left];
}

function duplicateField(path: string): string {
  return `duplicate field ${JSON.stringify(path)}`;
}

function visitFields(text: string, visit: Visit): void {
  const levels: Level[] = [];
  for (const [part] of text.matchAll(token)) {
    const level = levels.at(-1);
    if (part === '{' || part === '[') levels.push(open(level === undefined ? '' : pathIn(level), part === '{'));
    else if (part === '}' || part === ']') levels.pop();
    else if (level !== undefined && !step(level, part, visit)) return;
  }
}

/** Reads a comma, a colon or a scalar inside `level`. False: enough. */
function step(level: Level, part: string, visit: Visit): boolean {
  if (part === ',') {
    level.index++;
    level.wantsKey = level.fields !== undefined;
    return true;
  }
  if (!level.wantsKey || level.fields === undefined || !part.startsWith('"')) return true;
  level.wantsKey = false;
  level.key = JSON.parse(part) as string;
  const again = level.fields.has(level.key);
  level.fields.add(level.key);
  return visit(pathIn(level), again);
}
