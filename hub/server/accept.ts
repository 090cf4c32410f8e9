/** Content negotiation: which form of an answer a client wants. */
import { ApiError } from '../api/errors.ts';
import { type Protobuf, protobufType } from '../kinds/protobuf/protobuf.ts';

/** How an answer is written. `as` is a transformation of the objects; `version` is that of meta.k8s.io in it. */
export interface Format {
  readonly encoding: 'json' | 'yaml' | 'protobuf';
  readonly as: 'object' | 'table' | 'partial' | 'partial-list';
  readonly version: 'v1' | 'v1beta1';
  /** What writes Protocol Buffers; there when that is the encoding. */
  readonly codec?: Protobuf;
  /** True for an encoding other than JSON when the client takes JSON too. */
  readonly orJson?: boolean;
}

/** Plain JSON. */
export const plainJson: Format = { encoding: 'json', as: 'object', version: 'v1' };

const textual = 'application/json, application/yaml';
const offered = `${textual}, ${protobufType}`;

interface Clause {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';');
  const parameters = new Map<string, string>();
  for (const one of rest) {
    const equals = one.indexOf('=');
    if (equals > 0) parameters.set(one.slice(0, equals).trim().toLowerCase(), one.slice(equals + 1).trim());
  }
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.trim().toLowerCase(), quality: Number.isNaN(quality) ? 0 : quality, parameters };
}

const encodings = new Map<string, 'json' | 'yaml'>([
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  ['*/*', 'json'],
  ['application/*', 'json'],
]);
const transformations = new Map<string, Format['as']>([
  ['Table', 'table'],
  ['PartialObjectMetadata', 'partial'],
  ['PartialObjectMetadataList', 'partial-list'],
]);

/** The form of one clause; `codec` is there when the resource has a form in Protocol Buffers. */
function formatOf(clause: Clause, codec: Protobuf | undefined): Format | undefined {
  const wanted = clause.parameters.get('as');
  if (clause.type === protobufType) {
    if (codec === undefined || wanted !== undefined) return undefined;
    return { encoding: 'protobuf', as: 'object', version: 'v1', codec };
  }
  const encoding = encodings.get(clause.type);
  if (encoding === undefined) return undefined;
  if (wanted === undefined) return encoding === 'json' ? plainJson : { encoding, as: 'object', version: 'v1' };
  const as = transformations.get(wanted);
  const version = clause.parameters.get('v');
  if (as === undefined || clause.parameters.get('g') !== 'meta.k8s.io') return undefined;
  if (version !== 'v1' && version !== 'v1beta1') return undefined;
  return { encoding, as, version };
}

function negotiate(accept: string, codec: Protobuf | undefined): Format {
  const clauses = accept.split(',').map(parseClause);
  const known = (clause: Clause): boolean =>
    clause.type === '*/*' || encodings.get(clause.type) !== undefined || clause.type === protobufType;
  if (!clauses.some((clause) => known(clause) && clause.type !== 'application/*')) {
    throw new ApiError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${offered}`, {
      details: {},
    });
  }
  clauses.sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const format = formatOf(clause, codec);
    if (format === undefined) continue;
    const orJson = format.encoding !== 'json' && clauses.some((one) => formatOf(one, undefined) === plainJson);
    return orJson ? { ...format, orJson } : format;
  }
  const types = codec === undefined ? textual : offered;
  throw new ApiError('NotAcceptable', `only the following media types are accepted: ${types}`);
}

/** Remembers answers by header text; clients send few different ones. */
export class Negotiator {
  readonly #builtIn = new Map<string, Format>();
  readonly #custom = new Map<string, Format>();
  readonly #codec: Protobuf;

  constructor(options: { codec: Protobuf }) {
    this.#codec = options.codec;
  }

  /** The format for an Accept header; custom resources have no form in Protocol Buffers. Throws ApiError NotAcceptable. */
  format(accept: string | undefined, isBuiltIn: boolean): Format {
    if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return plainJson;
    const answers = isBuiltIn ? this.#builtIn : this.#custom;
    const known = answers.get(accept);
    if (known !== undefined) return known;
    const format = negotiate(accept, isBuiltIn ? this.#codec : undefined);
    if (answers.size >= 200) answers.clear();
    answers.set(accept, format);
    return format;
  }
}
