/** Reads the messages that JSON writes as one value: times, quantities, IntOrString, JSON inside a message. */
import { decodeJson, SyntaxFault } from '../decode.ts';
import { ProtobufFault, wire, type WireReader } from './wire-reader.ts';

/** Steps through the fields of the message that begins here; `read` answers false for fields it leaves alone. */
export function eachField(reader: WireReader, read: (number: number, type: number) => boolean): void {
  const outer = reader.end;
  const end = reader.length();
  reader.end = end;
  while (reader.at < end) {
    const tag = reader.tag();
    if (!read(tag >>> 3, tag & 7)) reader.skip(tag & 7);
  }
  reader.end = outer;
}

/** The first field as text. */
export function readText(reader: WireReader): string {
  let text = '';
  eachField(reader, (number, type) => {
    if (number !== 1 || type !== wire.bytes) return false;
    text = reader.string();
    return true;
  });
  return text;
}

/** The first field, as often as it comes. */
export function readStrings(reader: WireReader): string[] {
  const items: string[] = [];
  eachField(reader, (number, type) => {
    if (number !== 1 || type !== wire.bytes) return false;
    items.push(reader.string());
    return true;
  });
  return items;
}

/** JSON in the first field; null when there is none. */
export function readJson(reader: WireReader): unknown {
  let raw: Buffer | undefined;
  eachField(reader, (number, type) => {
    if (number !== 1 || type !== wire.bytes) return false;
    raw = reader.view();
    return true;
  });
  if (raw === undefined || raw.length === 0) return null;
  try {
    return decodeJson(raw).value;
  } catch (error) {
    throw error instanceof SyntaxFault ? new ProtobufFault(error.message, { cause: error }) : error;
  }
}

/** IntOrString: a type, a number and a text. */
export function readIntOrString(reader: WireReader): string | number {
  let isString = false;
  let number = 0;
  let text = '';
  eachField(reader, (field, type) => {
    if (field === 1 && type === wire.varint) isString = reader.int64() === 1;
    else if (field === 2 && type === wire.varint) number = reader.int32();
    else if (field === 3 && type === wire.bytes) text = reader.string();
    else return false;
    return true;
  });
  return isString ? text : number;
}

/** Seconds beyond which a year has more than four digits. */
const lastSecond = 253_402_300_799;
const firstSecond = -62_135_596_800;

interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

/** Undefined is the zero time: a message without fields. */
function readMoment(reader: WireReader): Moment | undefined {
  let seconds = 0;
  let nanos = 0;
  let fields = 0;
  eachField(reader, (number, type) => {
    fields += 1;
    if (type !== wire.varint) return false;
    if (number === 1) seconds = reader.int64();
    else if (number === 2) nanos = reader.int32();
    else return false;
    return true;
  });
  if (fields === 0 || (seconds === firstSecond && nanos === 0)) return undefined;
  if (seconds > lastSecond || seconds < firstSecond) {
    throw new ProtobufFault('Time.MarshalJSON: year outside of range [0,9999]');
  }
  return { seconds, nanos };
}

const wholeSeconds = (moment: Moment): string => new Date(moment.seconds * 1000).toISOString().slice(0, 19);

/** meta/v1 Time; null is the zero time. */
export function readTime(reader: WireReader): string | null {
  const moment = readMoment(reader);
  return moment === undefined ? null : `${wholeSeconds(moment)}Z`;
}

/** meta/v1 MicroTime; null is the zero time. */
export function readMicroTime(reader: WireReader): string | null {
  const moment = readMoment(reader);
  if (moment === undefined) return null;
  const micros = Math.min(999_999, Math.max(0, Math.floor(moment.nanos / 1000)));
  return `${wholeSeconds(moment)}.${String(micros).padStart(6, '0')}Z`;
}

/** meta/v1 Duration: nanoseconds here, Go's text (`1h0m0.5s`) in JSON. */
export function readDuration(reader: WireReader): string {
  let nanos = 0;
  eachField(reader, (number, type) => {
    if (number !== 1 || type !== wire.varint) return false;
    nanos = reader.int64();
    return true;
  });
  return durationText(nanos);
}

function durationText(nanos: number): string {
  if (nanos === 0) return '0s';
  const sign = nanos < 0 ? '-' : '';
  const size = Math.abs(nanos);
  if (size < 1_000) return `${sign}${size}ns`;
  if (size < 1_000_000) return `${sign}${size / 1_000}µs`;
  if (size < 1_000_000_000) return `${sign}${size / 1_000_000}ms`;
  const minutes = Math.floor(size / 60_000_000_000);
  const seconds = (size - minutes * 60_000_000_000) / 1_000_000_000;
  if (minutes === 0) return `${sign}${seconds}s`;
  return minutes < 60
    ? `${sign}${minutes}m${seconds}s`
    : `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}
