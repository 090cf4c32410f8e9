/** YAML bodies as Kubernetes reads them: YAML 1.1 truth values and octals, no timestamps, JSON values only. */
import { type Document, isMap, isScalar, LineCounter, parseDocument, type Tags, visit } from 'yaml';

/** What was read, or what is wrong with the text in the words of Go's YAML. */
export type YamlResult =
  | { readonly value: unknown; readonly duplicates: readonly string[] }
  | { readonly fault: string };

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

/** The same value with the fields of every object in order: Kubernetes turns YAML into sorted JSON before it looks. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sorted(object[key])]),
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

/** Reads one document. Nesting on one line is refused beyond `maxDepth`; nesting by indentation is bounded by the size. */
export function readYaml(text: string, maxDepth: number): YamlResult {
  if (lineDepth(text, maxDepth) > maxDepth) return { fault: `yaml: exceeded max depth of ${maxDepth}` };
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      version: '1.1',
      lineCounter: lines,
      uniqueKeys: false,
      prettyErrors: false,
      strict: false,
      customTags: (tags) => tags.filter(isWanted),
    });
    const [fault] = document.errors;
    if (fault !== undefined && fault.code !== 'MULTIPLE_DOCS') {
      const sameStart = document.errors.filter((error) => error.pos[0] === fault.pos[0]);
      const { line } = lines.linePos(Math.max(...sameStart.map((error) => error.pos[1])) - 1);
      return { fault: `yaml: line ${line}: ${told(fault)}` };
    }
    const duplicates = isMap(document.contents) ? duplicateKeys(document, lines) : [];
    return { value: sorted(document.toJS({ maxAliasCount: maxAliases })), duplicates };
  } catch (error) {
    return { fault: `yaml: ${error instanceof RangeError ? 'document nests too deep' : (error as Error).message}` };
  }
}
