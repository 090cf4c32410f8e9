/** Writes the messages that JSON has as one value: times, quantities, IntOrString, JSON inside a message. */
import { wire } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** A value that has no form in Protocol Buffers, or whose field number is not known: its object travels as JSON. */
export class NoProtobuf extends Error {}

/** The first field as text: quantities. */
export function writeText(writer: WireWriter, value: unknown): void {
  writer.string(1, String(value));
}

/** The first field once for each text. */
export function writeStrings(writer: WireWriter, value: unknown): void {
  const items = value as readonly string[];
  for (let index = items.length - 1; index >= 0; index--) writer.string(1, items[index] as string);
}

/** JSON in the first field. */
export function writeJson(writer: WireWriter, value: unknown): void {
  writer.string(1, JSON.stringify(value));
}

/** IntOrString: a type, a number and a text. */
export function writeIntOrString(writer: WireWriter, value: unknown): void {
  if (typeof value === 'string') {
    writer.string(3, value);
    writer.integer(1);
  } else {
    writer.integer(value as number);
    writer.tag(2, wire.varint);
    writer.integer(0);
  }
  writer.tag(1, wire.varint);
}

const zero = 0x30;
const dash = 0x2d;
const colon = 0x3a;
const letterT = 0x54;
const letterZ = 0x5a;

/** How many times are remembered while a list is written. */
const mostTimes = 1000;

/** meta/v1 Time and MicroTime. `known` remembers times in milliseconds: those of an object, and of a list, are mostly the same few. */
export function writeTime(writer: WireWriter, value: unknown, known: Map<string, number>): void {
  const text = value as string;
  const milliseconds = known.get(text) ?? timeOf(text, known);
  const dot = text.indexOf('.');
  const fraction = dot < 0 ? '' : (/^\d+/.exec(text.slice(dot + 1))?.[0] ?? '');
  const nanos = fraction === '' ? 0 : Number(fraction.padEnd(9, '0').slice(0, 9));
  writer.integer(nanos);
  writer.tag(2, wire.varint);
  writer.integer(Math.floor(milliseconds / 1000));
  writer.tag(1, wire.varint);
}

/** Bytes of a time in whole seconds of UTC. */
const wholeTime = 20;

/** Seconds since 1970 of a time in whole seconds that lies there as JSON; undefined for one that takes more of a look. */
export function secondsAt(bytes: Buffer, from: number, to: number): number | undefined {
  if (to - from !== wholeTime || bytes[to - 1] !== letterZ || bytes[from + 10] !== letterT) return undefined;
  if (bytes[from + 4] !== dash || bytes[from + 7] !== dash) return undefined;
  if (bytes[from + 13] !== colon || bytes[from + 16] !== colon) return undefined;
  const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
  const month = twoDigits(bytes, from + 5);
  const day = twoDigits(bytes, from + 8);
  const hour = twoDigits(bytes, from + 11);
  const minute = twoDigits(bytes, from + 14);
  const second = twoDigits(bytes, from + 17);
  // every month has so many days; NaN is in no range
  const isPlain =
    year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23 && minute <= 59 && second <= 59;
  if (!isPlain) return undefined;
  // years that begin in March have their leap day at the end, and months of 153 days in five
  const shifted = month > 2 ? year : year - 1;
  const leap = (shifted >> 2) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  const days = shifted * 365 + leap + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719_469;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] as number) - zero;
  const ones = (bytes[at + 1] as number) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** The fields of a time in whole seconds. */
export function writeSeconds(writer: WireWriter, seconds: number): void {
  writer.integer(0);
  writer.tag(2, wire.varint);
  writer.integer(seconds);
  writer.tag(1, wire.varint);
}

function timeOf(text: string, known: Map<string, number>): number {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new NoProtobuf(`no time: ${text}`);
  if (known.size >= mostTimes) known.clear();
  known.set(text, milliseconds);
  return milliseconds;
}

const units: Readonly<Record<string, number>> = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, µs: 1e3, us: 1e3, ns: 1 };

/** meta/v1 Duration. */
export function writeDuration(writer: WireWriter, value: unknown): void {
  const text = String(value);
  const parts = [...text.matchAll(/([\d.]+)(h|ms|m|s|µs|us|ns)/g)];
  if (parts.length === 0 && text !== '0') throw new NoProtobuf(`no duration: ${text}`);
  const size = parts.reduce((sum, [, number = '', unit = '']) => sum + Number(number) * (units[unit] ?? 0), 0);
  writer.integer(Math.round(text.startsWith('-') ? -size : size));
  writer.tag(1, wire.varint);
}
