/** Reading YAML of a closed form: whatever is not as it should be is told with its file and line. */
import type { Document, LineCounter, Node, ParsedNode } from 'yaml';

/** What is wrong in a file, as `file:line: what`. */
export class FileFault extends Error {}

/** The module; it is read when the first file is. */
export type Yaml = typeof import('yaml');

/** A document with its lines. */
export class YamlFile {
  readonly #yaml: Yaml;
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(yaml: Yaml, file: string) {
    this.#yaml = yaml;
    this.#file = file;
    this.#lines = new yaml.LineCounter();
  }

  /** The documents of `text`. Throws FileFault for what is no YAML. */
  documents(text: string): Document.Parsed[] {
    const parsed = this.#yaml.parseAllDocuments(text, { lineCounter: this.#lines, prettyErrors: false });
    const documents = 'empty' in parsed ? [] : parsed;
    for (const document of documents) {
      const [error] = document.errors;
      if (error !== undefined) throw this.faultAt(error.pos[0], error.message);
      if (document.warnings.length > 0) throw this.faultAt(document.warnings[0]?.pos[0], 'the tag is not known');
    }
    return documents;
  }

  /** The error to throw about `node`. */
  fault(node: Node | null | undefined, what: string): FileFault {
    return this.faultAt(node?.range?.[0], what);
  }

  /** The error to throw about a place in the text. */
  faultAt(offset: number | undefined, what: string): FileFault {
    const line = offset === undefined ? 1 : this.#lines.linePos(offset).line;
    return new FileFault(`${this.#file}:${line}: ${what}`);
  }

  /** The values of a mapping by key, all of them among `known`. */
  fields(node: ParsedNode | null | undefined, known: readonly string[], what: string): Map<string, ParsedNode | null> {
    if (!this.#yaml.isMap<ParsedNode, ParsedNode | null>(node)) throw this.fault(node, `${what} must be a mapping`);
    const fields = new Map<string, ParsedNode | null>();
    for (const { key, value } of node.items) {
      const name = this.#yaml.isScalar(key) ? String(key.value) : '';
      if (!known.includes(name))
        throw this.fault(key, `${what} knows no key "${name}"; there are: ${known.join(', ')}`);
      fields.set(name, value);
    }
    return fields;
  }

  /** A text that is not empty; numbers are taken as they are written. */
  text(node: ParsedNode | null | undefined, what: string): string {
    const value = this.#yaml.isScalar(node) ? node.value : undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'number') return this.#yaml.isScalar(node) ? (node.source ?? String(value)) : '';
    throw this.fault(node, `${what} must be a text`);
  }

  /** A list whose members are read by `read`; empty when there is none. */
  list<T>(node: ParsedNode | null | undefined, what: string, read: (item: ParsedNode) => T): T[] {
    if (node === undefined) return [];
    if (!this.#yaml.isSeq<ParsedNode>(node)) throw this.fault(node, `${what} must be a list`);
    return node.items.map(read);
  }

  /** True or false. */
  flag(node: ParsedNode | null | undefined, what: string): boolean {
    if (node === undefined) return false;
    if (this.#yaml.isScalar(node) && typeof node.value === 'boolean') return node.value;
    throw this.fault(node, `${what} must be true or false`);
  }
}
