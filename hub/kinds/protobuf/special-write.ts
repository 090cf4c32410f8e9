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
