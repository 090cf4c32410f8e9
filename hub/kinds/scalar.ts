/** Scalars that Go reads by rules of their own: times, quantities, base64. Each answers the canonical text or throws FieldFault. */
import { formatQuantity, quantityFormError, readQuantity } from '../api/exact-quantity.ts';

/** One value of a wrong type: names and indexes that lead to it, and Go's words. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** A value that Go's decoder refuses, in its words. */
export class FieldFault extends Error {
  /** Everything that is wrong with an object, in the order it was looked at; empty for a value alone. */
  readonly faults: readonly Fault[];

  constructor(message: string, faults: readonly Fault[] = []) {
    super(message);
    this.faults = faults;
  }
}

const canonicalTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const canonicalMicroTime =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;
const anyTime = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

const timeLayout = '2006-01-02T15:04:05Z07:00';
const microTimeLayout = '2006-01-02T15:04:05.000000Z07:00';

/** The parts of a layout in order, and what each looks like. */
const layoutParts: readonly (readonly [string, RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d/],
  ['.000000', /^\.\d{6}/],
  ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/],
];

/** Why `text` is no time, in the words of Go's time.Parse. */
function timeFault(text: string, layout: string): FieldFault {
  let rest = text;
  const head = `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: `;
  for (const [part, form] of layoutParts) {
    if (part === '.000000' && layout === timeLayout) {
      rest = rest.replace(/^\.\d+/, '');
      continue;
    }
    const match = form.exec(rest);
    if (match === null) {
      return new FieldFault(`${head}cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`);
    }
    rest = rest.slice(match[0].length);
  }
  if (rest !== '') return new FieldFault(`${head}extra text: ${JSON.stringify(rest)}`);
  return new FieldFault(`parsing time ${JSON.stringify(text)}: day out of range`);
}

/** meta/v1 Time: whole seconds, UTC. */
export function readTime(text: string): string {
  if (text.length === 20 && canonicalTime.test(text)) return text;
  const time = anyTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw timeFault(text, timeLayout);
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** meta/v1 MicroTime: exactly six decimals, UTC. */
export function readMicroTime(text: string): string {
  if (text.length === 27 && canonicalMicroTime.test(text)) return text;
  const match = anyTime.exec(text);
  const fraction = match?.[7] ?? '';
  const time = match !== null && fraction.length === 6 ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw timeFault(text, microTimeLayout);
  return `${new Date(time).toISOString().slice(0, 19)}.${fraction}Z`;
}

const usualQuantity = /^[1-9]\d{0,2}(?:m|k|M|G|T|[KMGT]i)?$/;

/** resource.Quantity in its canonical form. Numbers are read as their text. */
export function readQuantityText(value: unknown): string {
  if (typeof value === 'number') return readQuantityText(String(value));
  if (typeof value !== 'string') throw new FieldFault(quantityFormError);
  if (usualQuantity.test(value)) return value;
  const quantity = readQuantity(value.trim());
  if (typeof quantity === 'string') throw new FieldFault(quantity);
  return formatQuantity(quantity);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard base64 with padding; line breaks in it are dropped. */
export function readBytes(text: string): string {
  if (base64.test(text)) return text;
  const joined = text.replace(/[\r\n]/g, '');
  if (base64.test(joined)) return joined;
  throw new FieldFault(`illegal base64 data at input byte ${faultyByte(text)}`);
}

/** Where Go's decoder stops: the first byte outside the alphabet, a misplaced padding, or the start of the last group. */
function faultyByte(text: string): number {
  const odd = text.search(/[^A-Za-z0-9+/\r\n]/);
  if (odd < 0) return text.length - (text.length % 4);
  const before = text.slice(0, odd).replace(/[\r\n]/g, '').length;
  const isPadding = text[odd] === '=' && before % 4 >= 2;
  return isPadding ? odd + (before % 4 === 2 ? 2 : 1) : odd;
}
