/** Paths from a schema to a field of it, as rules and selectable fields name them: `.spec.name`, `.labels['a.b']`. */
import type { JsonSchema } from '../../api/custom-resource.ts';
import { PathFault } from './json-path.ts';
import { isFields } from './structural.ts';

/** Where a path leads. */
export interface FieldPath {
  /** As errors print it, without a dot in front: `spec.name`, `labels[a.b]`. */
  readonly text: string;
  /** Its first name. */
  readonly root: string;
  readonly schema: JsonSchema;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/** Delimiters, quoted names and what is between them. */
const tokens = /'(?:\\.|[^'\\])*'|[.[\]]|[^.[\]']?[^.[\]]*/gs;

function unquoted(token: string): string {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    throw new PathFault(`expected single quoted string but got ${token}`);
  }
  return token.slice(1, -1).replaceAll(/\\(.)/gs, (written, char: string) => {
    const meant = escapes[char];
    if (meant === undefined) throw new PathFault(`invalid string literal: invalid escape char ${written}`);
    return meant;
  });
}

class PathReader {
  #schema: JsonSchema;
  #text = '';
  #root = '';

  constructor(schema: JsonSchema) {
    this.#schema = schema;
  }

  /** One step down. API: a schema with properties has no other fields. */
  step(name: string): void {
    const { properties = {}, additionalProperties: more } = this.#schema;
    const isNamed = Object.keys(properties).length > 0;
    const next = isNamed ? (Object.hasOwn(properties, name) ? properties[name] : undefined) : more;
    if (!isFields(next)) throw new PathFault('does not refer to a valid field');
    if (this.#root === '') this.#root = name;
    if (!isNamed) this.#text += `[${name}]`;
    else this.#text += this.#text === '' ? name : `.${name}`;
    this.#schema = next;
  }

  get path(): FieldPath {
    return { text: this.#text, root: this.#root, schema: this.#schema };
  }
}

/** Reads a path below a schema; `brackets`: names may be quoted in brackets. Throws a PathFault. */
export function fieldPathOf(text: string, schema: JsonSchema, brackets = true): FieldPath {
  const list = (text.match(tokens) ?? []).filter((token) => token !== '');
  const reader = new PathReader(schema);
  let at = 0;
  const next = (): string => {
    const token = list[at];
    at += 1;
    if (token === undefined) throw new PathFault('unexpected end of JSON path');
    return token;
  };
  while (at < list.length) {
    const token = next();
    if (token === '.') reader.step(next());
    else if (token !== '[') throw new PathFault(`expected [ or . but got: ${token}`);
    else if (!brackets) throw new PathFault('array notation is not allowed');
    else {
      reader.step(unquoted(next()));
      const end = next();
      if (end !== ']') throw new PathFault(`expected ] but got ${end}`);
    }
  }
  return reader.path;
}
