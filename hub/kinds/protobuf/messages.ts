/** The messages of the built-in types: which number each field has, and how it is written. Read when first asked for. */
import { readData } from '../data-file.ts';
import { indexTypes } from '../load-schemas.ts';

/** How a value is written; numbers, because the codec switches on them for every field. */
export const form = {
  string: 0,
  message: 1,
  bool: 2,
  int32: 3,
  int64: 4,
  double: 5,
  bytes: 6,
  time: 7,
  microTime: 8,
  quantity: 9,
  intOrString: 10,
  /** Any JSON, as bytes inside a message of its own. */
  json: 11,
  /** A list of strings inside a message of its own. */
  strings: 12,
  duration: 13,
  /** The three types of apiextensions that are a schema or something else. */
  schemaOrArray: 14,
  schemaOrBool: 15,
  schemaOrStrings: 16,
} as const;

/** One of `form`. */
export type Form = (typeof form)[keyof typeof form];

/** One field of a message. */
export interface WireField {
  readonly name: string;
  readonly number: number;
  readonly form: Form;
  readonly holds: 'one' | 'list' | 'map';
  /** A message whose fields JSON has in place of it. */
  readonly inline: boolean;
  /** Set or not set: what is not a pointer is unset when it is zero. */
  readonly pointer: boolean;
  /** The type of a message. */
  readonly type: string;
}

/** One message. */
export interface Message {
  readonly type: string;
  readonly byNumber: ReadonlyMap<number, WireField>;
  /** Highest number first. */
  readonly descending: readonly WireField[];
  /** The names JSON has for its fields, those of inline messages too. */
  readonly names: ReadonlySet<string>;
  /** Its own fields by those names; undefined when some of its messages are inline. */
  readonly byName: ReadonlyMap<string, WireField> | undefined;
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

/** The types that JSON writes as something other than an object of their fields. */
const special: ReadonlyMap<string, Form> = new Map<string, Form>([
  [`${meta}.Time`, form.time],
  [`${meta}.MicroTime`, form.microTime],
  [`${meta}.Duration`, form.duration],
  [`${meta}.FieldsV1`, form.json],
  ['io.k8s.apimachinery.pkg.runtime.RawExtension', form.json],
  [`${extensions}.JSON`, form.json],
  ['io.k8s.apimachinery.pkg.api.resource.Quantity', form.quantity],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', form.intOrString],
  ['io.k8s.api.authentication.v1.ExtraValue', form.strings],
  ['io.k8s.api.authorization.v1.ExtraValue', form.strings],
  ['io.k8s.api.certificates.v1.ExtraValue', form.strings],
  [`${extensions}.JSONSchemaPropsOrArray`, form.schemaOrArray],
  [`${extensions}.JSONSchemaPropsOrBool`, form.schemaOrBool],
  [`${extensions}.JSONSchemaPropsOrStringArray`, form.schemaOrStrings],
]);

const scalars: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['string', form.string],
  ['bool', form.bool],
  ['int32', form.int32],
  ['int64', form.int64],
  ['double', form.double],
  ['bytes', form.bytes],
]);

/** The type of the schemas that `schemaOr…` hold. */
export const schemaType = `${extensions}.JSONSchemaProps`;

/** Reads the cells of one row. */
function parseField(name: string, number: number, text: string): WireField {
  const first = text[0];
  const holds = first === '[' ? 'list' : first === '{' ? 'map' : 'one';
  const pointer = first === '*';
  const inline = first === '^';
  let inner = holds === 'one' ? text : text.slice(1, -1);
  if (pointer) inner = inner.slice(1);
  const scalar = scalars.get(inner);
  if (scalar !== undefined) return { name, number, form: scalar, holds, inline, pointer, type: '' };
  const type = inner.slice(1);
  return { name, number, form: special.get(type) ?? form.message, holds, inline, pointer, type };
}

/** Every message by type name. */
export class Messages {
  readonly #known = new Map<string, Message>();
  #table: { readonly bytes: Buffer; readonly slices: ReturnType<typeof indexTypes> } | undefined;

  /** A message, or undefined when its numbers are not known. */
  get(type: string): Message | undefined {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    if (this.#table === undefined) {
      const bytes = readData('protobuf-fields.tsv');
      this.#table = { bytes, slices: indexTypes(bytes) };
    }
    const slice = this.#table.slices.get(type);
    if (slice === undefined) return undefined;
    const message = this.#parse(type, this.#table.bytes.toString('utf8', slice.from, slice.to));
    this.#known.set(type, message);
    return message;
  }

  #parse(type: string, rows: string): Message {
    const byNumber = new Map<number, WireField>();
    const names = new Set<string>();
    for (const row of rows.split('\n')) {
      const [, name = '', number = '', text = ''] = row.split('\t');
      if (name === '-') continue;
      const field = parseField(name, Number(number), text);
      byNumber.set(field.number, field);
      if (field.inline) for (const inner of this.get(field.type)?.names ?? []) names.add(inner);
      else names.add(name);
    }
    const descending = [...byNumber.values()].sort((a, b) => b.number - a.number);
    const byName = descending.some((field) => field.inline)
      ? undefined
      : new Map(descending.map((field) => [field.name, field]));
    return { type, byNumber, descending, names, byName };
  }
}
