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
  BAD_INDENT: 'mapping values are not allowed in this context',
  MISSING_CHAR: 'could not find expected separator',
  BAD_ALIAS: 'unknown anchor referenced',
};

/** More aliases than any honest document has. */
const maxAliases = 100;

/** Flow collections (`[[[…`) inside one another, which the reader would follow recursively. */
function flowDepth(text: string, limit: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length && deepest <= limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth--;
    else if (code === 0x0a && depth > 0 && text.charCodeAt(at + 1) > 0x20) depth = 0;
  }
  return deepest;
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

/** The deepest indentation in use bounds block nesting; both kinds of nesting are refused beyond `maxDepth`. */
export function readYaml(text: string, maxDepth: number): YamlResult {
  if (flowDepth(text, maxDepth) > maxDepth) return { fault: `yaml: exceeded max depth of ${maxDepth}` };
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
      const { line } = lines.linePos(fault.pos[fault.code === 'BLOCK_AS_IMPLICIT_KEY' ? 1 : 0]);
      return { fault: `yaml: line ${line}: ${faults[fault.code] ?? fault.message}` };
    }
    const duplicates = isMap(document.contents) ? duplicateKeys(document, lines) : [];
    return { value: document.toJS({ maxAliasCount: maxAliases }), duplicates };
  } catch (error) {
    return { fault: `yaml: ${error instanceof RangeError ? 'document nests too deep' : (error as Error).message}` };
  }
}
