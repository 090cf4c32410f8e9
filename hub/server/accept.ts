/** Content negotiation: which form of an answer a client wants. */
import { ApiError } from '../api/errors.ts';

/** How an answer is written. `as` is a transformation of the objects; `version` is that of meta.k8s.io in it. */
export interface Format {
  readonly encoding: 'json' | 'yaml';
  readonly as: 'object' | 'table' | 'partial' | 'partial-list';
  readonly version: 'v1' | 'v1beta1';
}

/** Plain JSON. */
export const plainJson: Format = { encoding: 'json', as: 'object', version: 'v1' };

const offered = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

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

function formatOf(clause: Clause): Format | undefined {
  const encoding = encodings.get(clause.type);
  if (encoding === undefined) return undefined;
  const wanted = clause.parameters.get('as');
  if (wanted === undefined) return encoding === 'json' ? plainJson : { encoding, as: 'object', version: 'v1' };
  const as = transformations.get(wanted);
  const version = clause.parameters.get('v');
  if (as === undefined || clause.parameters.get('g') !== 'meta.k8s.io') return undefined;
  if (version !== 'v1' && version !== 'v1beta1') return undefined;
  return { encoding, as, version };
}

function negotiate(accept: string): Format {
  const clauses = accept.split(',').map(parseClause);
  const known = (clause: Clause): boolean =>
    clause.type === '*/*' || encodings.get(clause.type) !== undefined || clause.type.endsWith('kubernetes.protobuf');
  if (!clauses.some((clause) => known(clause) && clause.type !== 'application/*')) {
    throw new ApiError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${offered}`, {
      details: {},
    });
  }
  clauses.sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const format = formatOf(clause);
    if (format !== undefined) return format;
  }
  throw new ApiError('NotAcceptable', `only the following media types are accepted: ${offered}`);
}

/** Remembers answers by header text; clients send few different ones. */
export class Negotiator {
  readonly #known = new Map<string, Format>();

  /** The format for an Accept header. Throws ApiError NotAcceptable. */
  format(accept: string | undefined): Format {
    if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return plainJson;
    const known = this.#known.get(accept);
    if (known !== undefined) return known;
    const format = negotiate(accept);
    if (this.#known.size >= 200) this.#known.clear();
    this.#known.set(accept, format);
    return format;
  }
}
