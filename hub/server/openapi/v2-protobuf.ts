/** The OpenAPI v2 document in the Protocol Buffers form (openapi.v2.Document) that kubectl asks for. */
import { encodeMessage, type MessageWriter } from './protobuf.ts';

/** A piece of the JSON document. */
type Piece = Readonly<Record<string, unknown>>;

/** The parts a document is written from. */
export interface DocumentParts {
  readonly title: string;
  readonly version: string;
  readonly paths: readonly (readonly [string, object])[];
  readonly definitions: readonly (readonly [string, object])[];
}

const methods: readonly (readonly [string, number])[] = [
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['patch', 8],
];

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);
const pieceOf = (value: unknown): Piece | undefined =>
  typeof value === 'object' && value !== null ? (value as Piece) : undefined;

/** A map of messages: repeated entries of a name and a value. */
function writeNamed(
  writer: MessageWriter,
  field: number,
  entry: { name: string; write: (writer: MessageWriter) => void },
): void {
  writer.message(field, (named) => {
    named.string(1, entry.name);
    named.message(2, entry.write);
  });
}

/** Every `x-…` member, its value as YAML, of which JSON is a part. */
function writeExtensions(writer: MessageWriter, field: number, piece: Piece): void {
  for (const name of Object.keys(piece)) {
    if (!name.startsWith('x-')) continue;
    const yaml = JSON.stringify(piece[name]);
    writeNamed(writer, field, { name, write: (any) => any.string(2, yaml) });
  }
}

function writeSchema(writer: MessageWriter, schema: Piece): void {
  writer.string(1, text(schema.$ref));
  writer.string(2, text(schema.format));
  writer.string(4, text(schema.description));
  for (const name of Array.isArray(schema.required) ? schema.required : []) writer.string(19, text(name));
  const additional = pieceOf(schema.additionalProperties);
  if (additional !== undefined) {
    writer.message(21, (item) => item.message(1, (inner) => writeSchema(inner, additional)));
  }
  const type = text(schema.type);
  if (type !== undefined) writer.message(22, (item) => item.string(1, type));
  const items = pieceOf(schema.items);
  if (items !== undefined) writer.message(23, (item) => item.message(1, (inner) => writeSchema(inner, items)));
  const properties = pieceOf(schema.properties);
  if (properties !== undefined) writer.message(25, (inner) => writeDefinitions(inner, Object.entries(properties)));
  writeExtensions(writer, 31, schema);
}

function writeDefinitions(writer: MessageWriter, schemas: Iterable<readonly [string, unknown]>): void {
  for (const [name, schema] of schemas) {
    const piece = pieceOf(schema);
    if (piece !== undefined) writeNamed(writer, 1, { name, write: (inner) => writeSchema(inner, piece) });
  }
}

function writeBodyParameter(writer: MessageWriter, parameter: Piece): void {
  writer.string(2, text(parameter.name));
  writer.string(3, text(parameter.in));
  writer.boolean(4, flag(parameter.required));
  const schema = pieceOf(parameter.schema);
  if (schema !== undefined) writer.message(5, (inner) => writeSchema(inner, schema));
}

/** Parameters of query and path differ in where `type` is. */
function writePlainParameter(writer: MessageWriter, parameter: Piece): void {
  const isQuery = parameter.in === 'query';
  writer.message(isQuery ? 3 : 4, (inner) => {
    inner.boolean(1, flag(parameter.required));
    inner.string(2, text(parameter.in));
    inner.string(4, text(parameter.name));
    inner.string(isQuery ? 6 : 5, text(parameter.type));
    inner.boolean(isQuery ? 20 : 19, flag(parameter.uniqueItems));
  });
}

function writeParameters(writer: MessageWriter, field: number, parameters: unknown): void {
  for (const item of Array.isArray(parameters) ? parameters : []) {
    const parameter = pieceOf(item);
    if (parameter === undefined) continue;
    writer.message(field, (outer) =>
      outer.message(1, (inner) => {
        if (parameter.in === 'body') inner.message(1, (body) => writeBodyParameter(body, parameter));
        else inner.message(2, (plain) => writePlainParameter(plain, parameter));
      }),
    );
  }
}

function writeResponses(writer: MessageWriter, responses: Piece): void {
  for (const [name, value] of Object.entries(responses)) {
    const response = pieceOf(value) ?? {};
    const schema = pieceOf(response.schema);
    const write = (value: MessageWriter): void =>
      value.message(1, (inner) => {
        inner.string(1, text(response.description));
        if (schema !== undefined) inner.message(2, (item) => item.message(1, (one) => writeSchema(one, schema)));
      });
    writeNamed(writer, 1, { name, write });
  }
}

function writeOperation(writer: MessageWriter, operation: Piece): void {
  writer.string(5, text(operation.operationId));
  for (const type of Array.isArray(operation.produces) ? operation.produces : []) writer.string(6, text(type));
  for (const type of Array.isArray(operation.consumes) ? operation.consumes : []) writer.string(7, text(type));
  writeParameters(writer, 8, operation.parameters);
  writer.message(9, (inner) => writeResponses(inner, pieceOf(operation.responses) ?? {}));
  writeExtensions(writer, 13, operation);
}

function writePath(writer: MessageWriter, item: Piece): void {
  for (const [method, field] of methods) {
    const operation = pieceOf(item[method]);
    if (operation !== undefined) writer.message(field, (inner) => writeOperation(inner, operation));
  }
  writeParameters(writer, 9, item.parameters);
}

/** The bytes of the document. */
export function encodeV2(parts: DocumentParts): Buffer {
  return encodeMessage((document) => {
    document.string(1, '2.0');
    document.message(2, (info) => {
      info.string(1, parts.title);
      info.string(2, parts.version);
    });
    document.message(8, (paths) => {
      for (const [name, item] of parts.paths) {
        writeNamed(paths, 2, { name, write: (inner) => writePath(inner, item as Piece) });
      }
    });
    document.message(9, (definitions) => writeDefinitions(definitions, parts.definitions));
  });
}
