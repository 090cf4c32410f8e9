/** From the bytes of a request to a value: JSON and YAML, bounded, with what was written twice. */
import { ApiError, badRequest } from '../api/errors.ts';
import { wellFormedJson } from '../api/well-formed.ts';
import { duplicateFields } from './json-duplicates.ts';
import { countFields, scanJson } from './json-scan.ts';
import { jsonFault } from './json-syntax.ts';

/** Objects and lists inside one another; Kubernetes' own kinds need about 20. */
const maxDepth = 500;

/** The largest YAML body in bytes: reading it costs some hundred times what JSON does, and no object may be larger. */
const maxYaml = 1_572_864;

/** Keys, values, marks and line ends of a YAML body: making an object of so many takes about a third of a second. */
const maxParts = 250_000;

/** A key that would be a trap for whoever copies objects by assignment. No kind has a use for it. */
const forbiddenKey = '__proto__';

/** A decoded body. */
export interface Decoded {
  readonly value: unknown;
  /** Duplicate fields, as warnings say them: `duplicate field "data.a"`, `line 7: key "a" already set in map`. */
  readonly duplicates: readonly string[];
}

const none: readonly string[] = [];

/** What Go's decoder says of bytes that are no document. The caller wraps it in its own sentence. */
export class SyntaxFault extends Error {}

/** Throws BadRequest. */
export function refuseForbiddenKey(): never {
  throw badRequest(`the field name ${JSON.stringify(forbiddenKey)} is not accepted`);
}

/** Reads JSON. Throws BadRequest for nesting that is too deep, SyntaxFault for what is no JSON. */
export function decodeJson(body: Buffer): Decoded {
  const scan = scanJson(body, maxDepth);
  if (scan.depth > maxDepth) throw badRequest(`json: exceeded max depth of ${maxDepth}`);
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(wellFormedJson(text));
  } catch (error) {
    throw new SyntaxFault(jsonFault(text) ?? 'invalid JSON', { cause: error });
  }
  const fields = countFields(value, forbiddenKey, refuseForbiddenKey);
  return { value, duplicates: fields === scan.fields ? none : duplicateFields(text) };
}

/** Reads YAML, of which JSON is a part. Throws as decodeJson does. */
export async function decodeYaml(body: Buffer): Promise<Decoded> {
  if (body[0] === 0x7b) {
    try {
      return decodeJson(body);
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
    }
  }
  if (body.length > maxYaml) throw new ApiError('RequestEntityTooLarge', `YAML bodies are limited to ${maxYaml} bytes`);
  const { readYaml } = await import('./yaml.ts');
  const decoded = await readYaml(body.toString('utf8'), { maxDepth, maxParts });
  if ('tooMany' in decoded) {
    throw new ApiError('RequestEntityTooLarge', `YAML bodies are limited to ${maxParts} marks and values: send JSON`);
  }
  if ('fault' in decoded) throw new SyntaxFault(decoded.fault);
  countFields(decoded.value, forbiddenKey, refuseForbiddenKey);
  return decoded;
}

/** The longest part of a body that an error shows. */
const shownBytes = 30;

/** The start of a body as errors show it: as it is when it looks like JSON, else in hexadecimal. */
export function summarize(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const start = body.subarray(0, shownBytes);
  const shown = body[0] === 0x7b ? start.toString('utf8') : start.toString('hex');
  return body.length > shownBytes ? `${shown} ...` : shown;
}
