/**
 * resource.Quantity without rounding, in billionths as big integers: for what is printed, compared with a bound or summed
 * up and stored. quantity.ts is the same as a plain number, for what is only measured against other numbers.
 */

/** How a quantity prints: `1500m`, `1Gi` or `1e3`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An amount in billionths, which is the finest step a Quantity has. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** The error text of what is no quantity at all. */
export const quantityFormError =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** The error text of a number behind which no known suffix stands. */
const quantitySuffixError = "unable to parse quantity's suffix";

const billion = 1_000_000_000n;
/** The greatest amount: a 64-bit integer. */
const ceiling = (2n ** 63n - 1n) * billion;

const decimalSuffixes: readonly string[] = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const form = /^([+-]?)(\d*)(?:\.(\d*))?(.*)$/;
const exponentForm = /^[eE]([+-]?\d{1,9})$/;

/** What a suffix multiplies by: a power of 10, or of 2. */
type Scale = { readonly format: QuantityFormat; readonly ten: number; readonly two: number };

function scaleOf(suffix: string): Scale | undefined {
  const decimal = decimalSuffixes.indexOf(suffix);
  if (decimal >= 0) return { format: 'DecimalSI', ten: (decimal - 3) * 3, two: 0 };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { format: 'BinarySI', ten: 0, two: binary * 10 };
  const exponent = exponentForm.exec(suffix)?.[1];
  return exponent === undefined ? undefined : { format: 'DecimalExponent', ten: Number(exponent), two: 0 };
}

/** Reads a quantity; what is finer than a billionth is rounded away from zero, what is too great is cut. The answer is an error text otherwise. */
export function readQuantity(text: string): Quantity | string {
  const match = form.exec(text);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match ?? [];
  if (match === null || (whole === '' && fraction === '')) return quantityFormError;
  const scale = scaleOf(suffix);
  if (scale === undefined) return /^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix) ? quantitySuffixError : quantityFormError;
  const magnitude = scaled(BigInt(whole + fraction) << BigInt(scale.two), scale.ten - fraction.length + 9);
  const nano = magnitude > ceiling ? ceiling : magnitude;
  return { nano: sign === '-' ? -nano : nano, format: scale.format };
}

/** digits × 10^exponent, rounded up to a whole number. Exponents beyond any amount do not cost anything. */
function scaled(digits: bigint, exponent: number): bigint {
  if (digits === 0n) return 0n;
  if (exponent > 40) return ceiling;
  if (exponent >= 0) return digits * 10n ** BigInt(exponent);
  if (-exponent > 4096) return 1n;
  const divisor = 10n ** BigInt(-exponent);
  return (digits + divisor - 1n) / divisor;
}

/** The canonical text: no fraction, the largest suffix that loses nothing. */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const magnitude = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && magnitude >= 1024n * billion && magnitude % billion === 0n) {
    return sign + binaryText(magnitude / billion);
  }
  return sign + decimalText(magnitude, format === 'DecimalExponent');
}

function binaryText(value: bigint): string {
  let rest = value;
  let step = 0;
  while (step < binarySuffixes.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    step++;
  }
  return `${rest}${binarySuffixes[step]}`;
}

function decimalText(nano: bigint, exponential: boolean): string {
  let rest = nano;
  let step = 0;
  while (step < decimalSuffixes.length - 1 && rest % 1000n === 0n) {
    rest /= 1000n;
    step++;
  }
  const exponent = (step - 3) * 3;
  if (!exponential) return `${rest}${decimalSuffixes[step]}`;
  return exponent === 0 ? String(rest) : `${rest}e${exponent}`;
}

/** Negative, 0 or positive, like a sort wants it. What is no quantity counts as 0. */
export function compareQuantities(left: string, right: string): number {
  const difference = nanoOf(left) - nanoOf(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum in the format of `left` (of `right` when `left` is zero), canonical. What is no quantity counts as 0. */
export function addQuantities(left: string, right: string): string {
  const [a, b] = [readQuantity(left), readQuantity(right)];
  const first = typeof a === 'string' ? { nano: 0n, format: 'DecimalSI' as const } : a;
  const second = typeof b === 'string' ? { nano: 0n, format: 'DecimalSI' as const } : b;
  return formatQuantity({
    nano: first.nano + second.nano,
    format: first.nano === 0n ? second.format : first.format,
  });
}

function nanoOf(text: string): bigint {
  const quantity = readQuantity(text);
  return typeof quantity === 'string' ? 0n : quantity.nano;
}
