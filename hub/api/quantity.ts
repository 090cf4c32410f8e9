/**
 * resource.Quantity as a plain number, cheap enough for every Pod on every node: `250m`, `1.5Gi`, `1e3`. What must come out
 * exact (a canonical text, a sum that is stored) is done by exact-quantity.ts.
 */

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const form = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

/** The amount in base units, or undefined when `text` is no quantity. Above 2^53 the last digits are lost. */
export function parseQuantity(text: string | number): number | undefined {
  if (typeof text === 'number') return text;
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, digits = '', suffix, exponent] = match;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  return Number(digits) * (suffixes[suffix ?? ''] ?? 1);
}

/** Rounds up, forgiving what binary fractions add: 0.1 × 3 is 3 tenths. */
function up(value: number): number {
  const near = Math.round(value);
  return Math.abs(value - near) < 1e-6 * Math.max(1, Math.abs(near)) && Number.isSafeInteger(near)
    ? near
    : Math.ceil(value);
}

/** API Quantity.Value: whole units, rounded up; 0 for what is no quantity. */
export function quantityValue(text: string | number): number {
  return up(parseQuantity(text) ?? 0);
}

/** API Quantity.MilliValue: thousandths, rounded up; 0 for what is no quantity. */
export function quantityMilliValue(text: string | number): number {
  return up((parseQuantity(text) ?? 0) * 1000);
}

/** A quantity, or a share of `whole` as `10%`; 0 for what is neither. */
export function quantityOrShare(text: string, whole: number): number {
  return text.endsWith('%') ? ((parseQuantity(text.slice(0, -1)) ?? 0) / 100) * whole : (parseQuantity(text) ?? 0);
}
