/** Reads of stored objects what a row of a table looks at. The rest is passed over, and what an object before had is not parsed again. */
import type { KubeObject } from '../api/object.ts';
import { JsonKey, Viewed } from '../kinds/json-key.ts';
import { endOfText, endOfValue, NotCompact } from '../kinds/json-parts.ts';
import { Repeats } from '../kinds/repeats.ts';
import type { Fields, Sight } from '../kinds/sight.ts';
import type { Sketch } from './partial-parser.ts';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** A field that was met. */
interface Field {
  readonly name: string;
  readonly key: JsonKey;
  /** Undefined for one nobody looks at. */
  readonly sight: Sight | undefined;
  /** Of an object of which some fields are looked at. */
  readonly inner: Level | undefined;
  readonly repeats: Repeats<unknown>;
  /** The one that came behind it the last time. */
  next: Field | undefined;
}

/** The fields of one object, and the one that came first the last time. */
class Level {
  readonly sight: Fields;
  readonly met = new Map<string, Field>();
  next: Field | undefined;

  constructor(sight: Fields) {
    this.sight = sight;
  }

  field(name: string): Field {
    let field = this.met.get(name);
    if (field === undefined) {
      const sight = Object.hasOwn(this.sight, name) ? this.sight[name] : undefined;
      const inner = typeof sight === 'object' ? new Level(sight) : undefined;
      field = { name, key: new JsonKey(name), sight, inner, repeats: new Repeats(), next: undefined };
      this.met.set(name, field);
    }
    return field;
  }
}

/** The reader. Keep one for the objects of a list. */
export class SightReader {
  readonly #top: Level;
  readonly #viewed = new Viewed();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #metadata = { from: 0, to: 0 };

  /** Metadata is among what is looked at. */
  constructor(sight: Fields) {
    this.#top = new Level(sight);
  }

  /** What is looked at, shared with other objects: never change it. Undefined for bytes that have to be parsed whole. */
  read(bytes: Buffer): Sketch | undefined {
    this.#bytes = bytes;
    this.#viewed.look(bytes);
    this.#at = 0;
    this.#metadata = { from: 0, to: 0 };
    try {
      const object = this.#object(this.#top) as unknown as KubeObject;
      const { from, to } = this.#metadata;
      return to === 0 ? undefined : { object, metadata: bytes.subarray(from, to) };
    } catch (error) {
      if (error instanceof NotCompact) return undefined;
      throw error;
    }
  }

  #object(level: Level): Record<string, unknown> {
    const bytes = this.#bytes;
    const found: Record<string, unknown> = {};
    let before: Level | Field = level;
    if (bytes[this.#at++] !== openBrace) throw new NotCompact();
    if (bytes[this.#at] === closeBrace) {
      this.#at++;
      return found;
    }
    do {
      const field = this.#named(level, before);
      const from = this.#at;
      if (field.sight === undefined) this.#pass(field);
      else found[field.name] = this.#value(field);
      if (level === this.#top && field.name === 'metadata') this.#metadata = { from, to: this.#at };
      before = field;
    } while (bytes[this.#at++] === comma);
    if (bytes[this.#at - 1] !== closeBrace) throw new NotCompact();
    return found;
  }

  /** Goes behind the name of a field: most likely the one that stood behind the same field the last time. */
  #named(level: Level, before: Level | Field): Field {
    const bytes = this.#bytes;
    const likely = before.next;
    if (likely?.key.isAt(this.#viewed, this.#at)) {
      this.#at += likely.key.length;
      return likely;
    }
    const from = this.#at + 1;
    const to = endOfText(bytes, from);
    const name = bytes.toString('utf8', from, to);
    if (bytes[from - 1] !== quote || bytes[to + 1] !== colon) throw new NotCompact();
    // no key is made of such a name
    if (name === '' || name.includes('\\')) throw new NotCompact();
    this.#at = to + 2;
    const field = level.field(name);
    before.next = field;
    return field;
  }

  #pass({ repeats }: Field): void {
    const from = this.#at;
    const known = repeats.find(this.#bytes, from);
    this.#at = known === undefined ? endOfValue(this.#bytes, from) : from + known.length;
    if (known === undefined) repeats.add(this.#bytes, from, this.#at, undefined);
  }

  #value({ sight, inner, repeats }: Field): unknown {
    const bytes = this.#bytes;
    const from = this.#at;
    const first = bytes[from];
    if (first === quote) return this.#text();
    if (first === openBrace && inner !== undefined) return this.#object(inner);
    const known = repeats.find(bytes, from);
    if (known !== undefined) {
      this.#at = from + known.length;
      return known.made;
    }
    const value = first === openBracket && sight === 'count' ? this.#counted() : this.#parsed(from);
    repeats.add(bytes, from, this.#at, value);
    return value;
  }

  #text(): string {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    const to = endOfText(bytes, from);
    this.#at = to + 1;
    for (let at = from; at < to; at++)
      if (bytes[at] === backslash) return JSON.parse(bytes.toString('utf8', from - 1, to + 1)) as string;
    return bytes.toString('utf8', from, to);
  }

  /** As many items of nothing as the list has. */
  #counted(): unknown[] {
    const bytes = this.#bytes;
    let count = 0;
    let at = this.#at + 1;
    if (bytes[at] !== closeBracket) {
      for (let more = true; more; count++) {
        at = endOfValue(bytes, at);
        more = bytes[at] === comma;
        if (more) at++;
      }
    }
    if (bytes[at] !== closeBracket) throw new NotCompact();
    this.#at = at + 1;
    return new Array(count);
  }

  #parsed(from: number): unknown {
    this.#at = endOfValue(this.#bytes, from);
    return JSON.parse(this.#bytes.toString('utf8', from, this.#at));
  }
}
