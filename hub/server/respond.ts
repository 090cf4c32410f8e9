/** Writing answers: heads, bodies, errors. */
import { gunzip, gzip } from 'node:zlib';
import type { ApiError, Status } from '../api/errors.ts';
import { parseApiVersion } from '../api/resource.ts';
import { typeOf } from '../kinds/built-in.ts';
import { protobufType } from '../kinds/protobuf/protobuf.ts';
import type { Call } from './call.ts';
import type { Packed } from './document.ts';
import { toYaml } from './yaml.ts';

/** The content types of the encodings. */
export const contentTypes = { json: 'application/json', yaml: 'application/yaml', protobuf: protobufType } as const;

/** Bodies above this many bytes are compressed for clients that take gzip, as kube-apiserver does. */
export const compressAbove = 128 * 1024;

/** True when the client takes gzip. */
export function takesGzip(call: Call): boolean {
  const accepted = call.req.headers['accept-encoding'];
  if (typeof accepted !== 'string' || !accepted.includes('gzip')) return false;
  // API: whoever weighs encodings against one another gets none
  return accepted.split(',').some((one) => one.trim() === 'gzip');
}

/** API: warnings longer than this together are cut, to so many characters each, and the rest of them left out. */
const warningsLength = 4096;
const cutWarning = 256;

/** A text in a header: quoted, as the bytes of UTF-8, without what a header must not carry. */
function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a header must not carry them
  const plain = text.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/(["\\])/g, '\\$1');
  return Buffer.from(plain, 'utf8').toString('latin1');
}

/** As many of the warnings as clients can be expected to read in headers. */
function bounded(warnings: readonly string[]): readonly string[] {
  let length = 0;
  for (const text of warnings) length += text.length;
  if (length <= warningsLength) return warnings;
  const kept: string[] = [];
  length = 0;
  for (const text of warnings) {
    const cut = text.length > cutWarning ? text.slice(0, cutWarning) : text;
    length += cut.length;
    if (length > warningsLength) break;
    kept.push(cut);
  }
  return kept;
}

/** How long answers may be kept: not at all. */
const uncached = 'no-cache, private';

/** Header fields, name and value in turns. A body length of -1 means chunks. */
export function headFields(call: Call, contentType: string, length: number, cache = uncached): string[] {
  const fields = ['Cache-Control', cache, 'Content-Type', contentType];
  if (length >= 0) fields.push('Content-Length', String(length));
  if (call.flow !== undefined) for (const one of call.flow.headers) fields.push(one);
  if (call.warnings !== undefined) {
    for (const text of bounded(call.warnings)) fields.push('Warning', `299 - "${quoted(text)}"`);
  }
  return fields;
}

/** What an answer says besides. */
export interface More {
  /** Further header fields, name and value in turns. */
  readonly fields: readonly string[];
  /** How long it may be kept. */
  readonly cache?: string | undefined;
}

const noMore: More = { fields: [] };

/** Answers with a whole body. */
export function sendBytes(
  call: Call,
  code: number,
  body: Buffer | string,
  contentType: string,
  more: More = noMore,
): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (length > compressAbove && takesGzip(call)) {
    sendCompressed(call, code, body, contentType, more);
    return;
  }
  const fields = headFields(call, contentType, length, more.cache);
  for (const one of more.fields) fields.push(one);
  call.res.writeHead(code, fields);
  call.res.end(body);
}

/** Answers with a body that is packed already, unpacked for those who do not take it so. */
export function sendPacked(call: Call, { gzip: packed, length }: Packed, contentType: string, more: More): void {
  if (length > compressAbove && takesGzip(call)) {
    endCompressed(call, 200, packed, contentType, more);
    return;
  }
  gunzip(packed, (error, body) => {
    if (error !== null) call.res.destroy(error);
    else if (!call.expired) sendBytes(call, 200, body, contentType, more);
  });
}

function endCompressed(call: Call, code: number, packed: Buffer, contentType: string, more: More): void {
  const fields = headFields(call, contentType, packed.length, more.cache);
  fields.push('Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding', ...more.fields);
  call.res.writeHead(code, fields);
  call.res.end(packed);
}

function sendCompressed(call: Call, code: number, body: Buffer | string, contentType: string, more: More): void {
  gzip(body, { level: 1 }, (error, packed) => {
    if (error !== null) {
      call.res.destroy(error);
      return;
    }
    if (!call.expired) endCompressed(call, code, packed, contentType, more);
  });
}

/** Answers with bytes that are JSON already and lack the newline at the end, in the encoding the client asked for. */
export function sendJsonBytes(call: Call, code: number, bytes: Buffer): void {
  if (call.format.encoding !== 'json' || (call.search !== '' && wantsPretty(call))) {
    sendValue(call, code, JSON.parse(bytes.toString()));
    return;
  }
  call.audit?.answeredJson(bytes);
  if (bytes.length < inOnePiece) {
    call.res.writeHead(code, headFields(call, contentTypes.json, bytes.length + 1));
    // header and body travel in one write when both are strings; as latin1 the bytes stay what they are
    call.res.end(`${bytes.toString('latin1')}\n`, 'latin1');
    return;
  }
  const body = Buffer.allocUnsafe(bytes.length + 1);
  bytes.copy(body);
  body[bytes.length] = newline;
  sendBytes(call, code, body, contentTypes.json);
}

const newline = 0x0a;
/** Bodies below this many bytes are copied by node:net without an allocation of their own. */
const inOnePiece = 15_000;

/** Answers with a value in the encoding the client asked for; as JSON what Protocol Buffers cannot say. */
export function sendValue(call: Call, code: number, value: object): void {
  call.audit?.answered(value);
  const message = messageOf(call, value);
  if (message !== undefined) {
    sendBytes(call, code, message, contentTypes.protobuf);
    return;
  }
  if (call.format.encoding === 'yaml') sendBytes(call, code, toYaml(value), contentTypes.yaml);
  else if (wantsPretty(call)) sendBytes(call, code, `${JSON.stringify(value, null, 2)}\n`, contentTypes.json);
  else sendBytes(call, code, `${JSON.stringify(value)}\n`, contentTypes.json);
}

function messageOf(call: Call, value: { kind?: unknown; apiVersion?: unknown }): Buffer | undefined {
  const { codec } = call.format;
  if (codec === undefined || typeof value.kind !== 'string') return undefined;
  if (value.kind === 'Status') return codec.encode(statusType, value);
  const { group, version } = parseApiVersion(String(value.apiVersion));
  return codec.encode(typeOf(group, version, value.kind), value);
}

/** Status is in group '' on the wire, and elsewhere among the schemas. */
export const statusType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

function wantsPretty(call: Call): boolean {
  const pretty = call.query.get('pretty');
  return pretty === 'true' || pretty === '1';
}

/** Answers with plain text. */
export function sendText(call: Call, code: number, text: string, contentType = 'text/plain; charset=utf-8'): void {
  sendBytes(call, code, text, contentType);
}

/** The Status of an error. API: an error that is no API error of its own has code 500 and no reason. */
function statusOf(error: ApiError): Status {
  const status = error.status();
  if (error.reason !== 'InternalError' || error.message.startsWith('Internal error occurred: ')) return status;
  const { reason: _, ...rest } = status;
  return rest;
}

/** Answers with the Status of an error, or ends the connection when the answer is already under way. */
export function sendError(call: Call, error: ApiError): void {
  const { res } = call;
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const retry = error.details?.retryAfterSeconds;
  if (retry !== undefined) res.setHeader('Retry-After', String(retry));
  if (error.code === 401) res.setHeader('WWW-Authenticate', 'Basic realm="kubernetes-master"');
  if (call.req.method === 'HEAD') {
    res.statusCode = error.code;
    res.end();
    return;
  }
  sendValue(call, error.code, statusOf(error));
}
