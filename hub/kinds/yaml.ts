/** YAML bodies as Kubernetes reads them: YAML 1.1 truth values and octals, no timestamps, JSON values only. */
import { Composer, type Document, isMap, isScalar, Lexer, LineCounter, Parser, type Tags, visit } from 'yaml';

/** What was read, or what is wrong with the text in the words of Go's YAML. */
export type YamlResult =
  | { readonly value: unknown; readonly duplicates: readonly string[] }
  | { readonly fault: string }
  /** It has more parts than one who sends YAML may have read. */
  | { readonly tooMany: true };

/** Tags whose values have no place in JSON: Kubernetes reads them as strings. */
const unwanted = new Set([
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:timestamp',
]);

function isWanted(tag: Tags[number]): boolean {
  if (typeof tag === 'string') return true;
  return !unwanted.has(tag.tag) && tag.format !== 'TIME';
}

/** Go's words for the faults that have one. */
const faults: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'found a tab character that violates indentation',
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  MULTILINE_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  BAD_INDENT: 'did not find expected key',
  MISSING_CHAR: 'could not find expected separator',
  BAD_ALIAS: 'unknown anchor referenced',
};

/** Faults that are told apart by what the reader missed. */
const missed: readonly (readonly [RegExp, string])[] = [
  [/^Flow sequence .*end with a \]/, "did not find expected ',' or ']'"],
  [/^Flow map .*end with a \}/, "did not find expected ',' or '}'"],
  [/^Missing closing .quote/, 'found unexpected end of stream'],
  [/^Plain value cannot start with reserved character/, 'found character that cannot start any token'],
];

/** Go's words for a fault. */
function told({ code, message }: { readonly code: string; readonly message: string }): string {
  return missed.find(([form]) => form.test(message))?.[1] ?? faults[code] ?? message;
}

const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const newline = 0x0a;

/** Reading gives others a turn after so many milliseconds, asked once every `breath` parts. */
const slice = 10;
const breath = 256;

/** More aliases than any honest document has. */
const maxAliases = 100;

/** Collections on one line inside one another (`[[[…`, `- - - …`), which the reader would follow recursively. */
function lineDepth(text: string, limit: number): number {
  let flow = 0;
  let block = 0;
  let leading = true;
  let deepest = 0;
  for (let at = 0; at < text.length && deepest <= limit; at++) {
    const code = text.charCodeAt(at);
    if (code === openBracket || code === openBrace) deepest = Math.max(deepest, ++flow);
    else if ((code === closeBracket || code === closeBrace) && flow > 0) flow--;
    if (code === newline) {
      block = 0;
      leading = true;
    } else if (leading && isBlockMark(code)) deepest = Math.max(deepest, ++block);
    else if (!isBlank(code)) leading = false;
  }
  return deepest;
}

/** At the start of a line, `-`, `?` and `:` open a collection. */
const isBlockMark = (code: number): boolean => code === 0x2d || code === 0x3f || code === 0x3a;
const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

/** The same value with the fields of every object in order and no halves of characters: Kubernetes turns YAML into sorted JSON before it looks. */
function sorted(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key.toWellFormed(), sorted(object[key])]),
  );
}

/** Keys that are set twice, with the line of the second one. */
function duplicateKeys(document: Document, lines: LineCounter): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const { line } = lines.linePos(key.range?.[0] ?? 0);
          found.push(`line ${line}: key ${JSON.stringify(key.value)} already set in map`);
        }
        seen.add(key.value);
      }
    },
  });
  return found;
}

type Token = Parameters<Composer['next']>[0];

/** The document's tokens, read in slices; undefined when it has more than `most` parts. */
async function tokensOf(text: string, lines: LineCounter, most: number): Promise<Token[] | undefined> {
  const parser = new Parser(lines.addNewLine);
  const tokens: Token[] = [];
  let parts = 0;
  let began = performance.now();
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    parts += 1;
    if (parts > most) return undefined;
    if (parts % breath !== 0 || performance.now() - began < slice) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/**
 * Reads one document. Nesting on one line is refused beyond `maxDepth`; nesting by indentation is bounded by the size.
 * What is made of its tokens is made at once, so that their number is bounded by `maxParts`.
 */
export async function readYaml(text: string, limits: { maxDepth: number; maxParts: number }): Promise<YamlResult> {
  const { maxDepth, maxParts } = limits;
  if (lineDepth(text, maxDepth) > maxDepth) return { fault: `yaml: exceeded max depth of ${maxDepth}` };
  const lines = new LineCounter();
  try {
    const tokens = await tokensOf(text, lines, maxParts);
    return tokens === undefined ? { tooMany: true } : composed(text, tokens, lines);
  } catch (error) {
    return { fault: `yaml: ${error instanceof RangeError ? 'document nests too deep' : (error as Error).message}` };
  }
}

/** What the first document of the tokens says. */
function composed(text: string, tokens: readonly Token[], lines: LineCounter): YamlResult {
  const composer = new Composer({
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    strict: false,
    customTags: (tags) => tags.filter(isWanted),
  });
  const [document] = composer.compose(tokens, true, text.length);
  if (document === undefined) return { value: null, duplicates: [] };
  const [fault] = document.errors;
  if (fault !== undefined) {
    const sameStart = document.errors.filter((error) => error.pos[0] === fault.pos[0]);
    const { line } = lines.linePos(Math.max(...sameStart.map((error) => error.pos[1])) - 1);
    return { fault: `yaml: line ${line}: ${told(fault)}` };
  }
  const duplicates = isMap(document.contents) ? duplicateKeys(document, lines) : [];
  return { value: sorted(document.toJS({ maxAliasCount: maxAliases })), duplicates };
}
