/** Quantities, and versions of software. */
import { formatQuantity, type Quantity, readQuantity } from '../../api/exact-quantity.ts';
import { bool, double, int, quantity, semver, string } from '../types/type.ts';
import { EvaluationError, Opaque, type Value } from '../types/value.ts';
import { method, type Overload, plain, reads } from './overload.ts';

const billion = 1_000_000_000n;

/** A quantity as a value. */
class Amount extends Opaque {
  readonly kind = 'kubernetes.Quantity';
  readonly amount: Quantity;

  constructor(amount: Quantity) {
    super();
    this.amount = amount;
  }

  equals(other: Opaque): boolean {
    return other instanceof Amount && other.amount.nano === this.amount.nano;
  }

  override toString(): string {
    return formatQuantity(this.amount);
  }
}

function readAmount(value: Value): Amount {
  const amount = readQuantity(value as string);
  if (typeof amount === 'string') throw new EvaluationError(amount);
  return new Amount(amount);
}

const nano = (value: Value): bigint => (value as Amount).amount.nano;
const order = (a: bigint, b: bigint): bigint => (a < b ? -1n : a > b ? 1n : 0n);

function whole(value: Value): bigint {
  if (nano(value) % billion !== 0n) throw new EvaluationError('cannot convert value to integer');
  return nano(value) / billion;
}

function sum(sign: bigint): Overload[] {
  const made = (a: Value, change: bigint): Amount =>
    new Amount({ ...(a as Amount).amount, nano: nano(a) + sign * change });
  return [
    method(quantity, [quantity], quantity, (a, b) => made(a, nano(b))),
    method(quantity, [int], quantity, (a, b) => made(a, (b as bigint) * billion)),
  ];
}

const semverForm =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** A version as a value. */
class Semver extends Opaque {
  readonly kind = 'kubernetes.Semver';
  readonly text: string;
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];

  constructor(text: string) {
    super();
    const match = semverForm.exec(text);
    if (match === null) throw new EvaluationError(`invalid semantic version ${JSON.stringify(text)}`);
    this.text = text;
    this.numbers = match.slice(1, 4).map((part) => BigInt(part ?? 0));
    this.pre = match[4]?.split('.') ?? [];
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && compareVersions(this, other) === 0n;
  }

  override toString(): string {
    return this.text;
  }
}

function comparePre(a: string, b: string): bigint {
  const [numberA, numberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numberA && numberB) return order(BigInt(a), BigInt(b));
  if (numberA !== numberB) return numberA ? -1n : 1n;
  return a < b ? -1n : a > b ? 1n : 0n;
}

function compareVersions(a: Semver, b: Semver): bigint {
  for (const [index, number] of a.numbers.entries()) {
    const one = order(number, b.numbers[index] ?? 0n);
    if (one !== 0n) return one;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return BigInt(Math.sign(b.pre.length - a.pre.length));
  for (const [index, part] of a.pre.entries()) {
    const other = b.pre[index];
    const one = other === undefined ? 1n : comparePre(part, other);
    if (one !== 0n) return one;
  }
  return order(BigInt(a.pre.length), BigInt(b.pre.length));
}

const versions = (a: Value, b: Value): bigint => compareVersions(a as Semver, b as Semver);
const part = (index: number): Overload => method(semver, [], int, (value) => (value as Semver).numbers[index] ?? 0n);

/** `v1.2` → `1.2.0`. */
function normalized(text: string): string {
  const [numbers = '', ...rest] = text.replace(/^v/, '').split(/(?=[-+])/);
  const parts = numbers.split('.').map((one) => one.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest.join('');
}

function semverOf(text: Value, normalize: Value = false): Semver {
  return new Semver(normalize === true ? normalized(text as string) : (text as string));
}

function isSemver(text: Value, normalize: Value = false): boolean {
  return semverForm.test(normalize === true ? normalized(text as string) : (text as string));
}

/** Functions by name. */
export const quantities: readonly (readonly [string, readonly Overload[]])[] = [
  ['quantity', [plain([string], quantity, readAmount, reads(0))]],
  ['isQuantity', [plain([string], bool, (text) => typeof readQuantity(text as string) !== 'string', reads(0))]],
  ['sign', [method(quantity, [], int, (value) => order(nano(value), 0n))]],
  ['isInteger', [method(quantity, [], bool, (value) => nano(value) % billion === 0n)]],
  ['asInteger', [method(quantity, [], int, whole)]],
  ['asApproximateFloat', [method(quantity, [], double, (value) => Number(nano(value)) / 1e9)]],
  ['add', sum(1n)],
  ['sub', sum(-1n)],
  [
    'isGreaterThan',
    [
      method(quantity, [quantity], bool, (a, b) => nano(a) > nano(b)),
      method(semver, [semver], bool, (a, b) => versions(a, b) > 0n),
    ],
  ],
  [
    'isLessThan',
    [
      method(quantity, [quantity], bool, (a, b) => nano(a) < nano(b)),
      method(semver, [semver], bool, (a, b) => versions(a, b) < 0n),
    ],
  ],
  [
    'compareTo',
    [method(quantity, [quantity], int, (a, b) => order(nano(a), nano(b))), method(semver, [semver], int, versions)],
  ],
  [
    'semver',
    [plain([string], semver, (text) => semverOf(text), reads(0)), plain([string, bool], semver, semverOf, reads(0))],
  ],
  [
    'isSemver',
    [plain([string], bool, (text) => isSemver(text), reads(0)), plain([string, bool], bool, isSemver, reads(0))],
  ],
  ['major', [part(0)]],
  ['minor', [part(1)]],
  ['patch', [part(2)]],
];
