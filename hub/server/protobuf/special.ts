/** Types that have a form of their own in JSON, as they travel in Protocol Buffers. */
import { microTimestamp } from '../../api/object.ts';
import { Reader, WireFault } from './reader.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

/** The first field as bytes; empty when it is not there. */
function firstBytes(bytes: Buffer): Buffer {
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field === 1) return reader.bytes();
    reader.skip();
  }
  return Buffer.alloc(0);
}

/** A quantity is its text. */
const quantity = (bytes: Buffer): unknown => firstBytes(bytes).toString('utf8');

/** JSON inside a message. */
function embedded(bytes: Buffer): unknown {
  const inner = firstBytes(bytes);
  if (inner.length === 0) return null;
  try {
    return JSON.parse(inner.toString('utf8'));
  } catch {
    throw new WireFault('an embedded value is no JSON');
  }
}

function intOrString(bytes: Buffer): unknown {
  const reader = new Reader(bytes);
  let isString = false;
  let number = 0;
  let text = '';
  while (reader.next()) {
    if (reader.field === 1) isString = reader.integer() === 1;
    else if (reader.field === 2) number = reader.integer();
    else if (reader.field === 3) text = reader.bytes().toString('utf8');
    else reader.skip();
  }
  return isString ? text : number;
}

/** Seconds and nanoseconds; nothing at all is the zero time, which JSON has as null. */
function moment(bytes: Buffer): { milliseconds: number; nanoseconds: number } | undefined {
  if (bytes.length === 0) return undefined;
  const reader = new Reader(bytes);
  let seconds = 0;
  let nanoseconds = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.integer();
    else if (reader.field === 2) nanoseconds = reader.integer();
    else reader.skip();
  }
  if (Math.abs(seconds) > 253_402_300_799) throw new WireFault('a time out of range');
  return { milliseconds: seconds * 1000, nanoseconds };
}

function time(bytes: Buffer): unknown {
  const at = moment(bytes);
  return at === undefined ? null : `${new Date(at.milliseconds).toISOString().slice(0, 19)}Z`;
}

function microTime(bytes: Buffer): unknown {
  const at = moment(bytes);
  if (at === undefined) return null;
  const fraction = String(Math.floor(at.nanoseconds / 1000)).padStart(6, '0');
  return `${microTimestamp(at.milliseconds).slice(0, 19)}.${fraction}Z`;
}

/** metav1.Duration: nanoseconds here, Go's text in JSON. */
function duration(bytes: Buffer): unknown {
  const reader = new Reader(bytes);
  let nanoseconds = 0;
  while (reader.next()) {
    if (reader.field === 1) nanoseconds = reader.integer();
    else reader.skip();
  }
  const seconds = nanoseconds / 1e9;
  const hours = Math.trunc(seconds / 3600);
  const minutes = Math.trunc((seconds % 3600) / 60);
  if (hours !== 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}

/** By schema type: bytes of the message → JSON value. */
export const specialTypes: ReadonlyMap<string, (bytes: Buffer) => unknown> = new Map([
  ['io.k8s.apimachinery.pkg.api.resource.Quantity', quantity],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', intOrString],
  ['io.k8s.apimachinery.pkg.runtime.RawExtension', embedded],
  [`${meta}FieldsV1`, embedded],
  [`${meta}Time`, time],
  [`${meta}MicroTime`, microTime],
  [`${meta}Duration`, duration],
]);
