/** Formats of names and other texts, which say what is wrong with one. */
import { labelValueErrors } from '../../api/label.ts';
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, type NameRule } from '../../api/names.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { listOf, namedFormat, optionalOf, string } from '../types/type.ts';
import { List, Opaque, Optional, type Value } from '../types/value.ts';
import { method, type Overload, plain, reads } from './overload.ts';

class NamedFormat extends Opaque {
  readonly kind = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly rule: NameRule;

  constructor(name: string, rule: NameRule) {
    super();
    this.name = name;
    this.rule = rule;
  }

  equals(other: Opaque): boolean {
    return other instanceof NamedFormat && other.name === this.name;
  }

  override toString(): string {
    return this.name;
  }
}

const form =
  (pattern: RegExp, why: string): NameRule =>
  (text) =>
    pattern.test(text) ? [] : [why];

/** A prefix of names is checked as if something stood behind its dash. */
const prefix =
  (rule: NameRule): NameRule =>
  (text) =>
    rule(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

const rules: Readonly<Record<string, NameRule>> = {
  dns1123Label: isDns1123Label,
  dns1123Subdomain: isDns1123Subdomain,
  dns1035Label: isDns1035Label,
  qualifiedName: labelKeyErrors,
  labelValue: labelValueErrors,
  dns1123LabelPrefix: prefix(isDns1123Label),
  dns1123SubdomainPrefix: prefix(isDns1123Subdomain),
  dns1035LabelPrefix: prefix(isDns1035Label),
  uri: (text) => (URL.canParse(text) ? [] : [`parse ${JSON.stringify(text)}: invalid URI for request`]),
  uuid: form(/^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 'does not match the UUID format'),
  byte: form(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'invalid base64'),
  date: form(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, 'invalid date'),
  datetime: (text) => (Number.isNaN(Date.parse(text)) ? ['invalid datetime'] : []),
};

const known = new Map(Object.entries(rules).map(([name, rule]) => [name, new NamedFormat(name, rule)]));

function validate(format: Value, text: Value): Optional {
  const problems = (format as NamedFormat).rule(text as string);
  return new Optional(problems.length === 0 ? undefined : new List(problems));
}

/** Functions by name. */
export const formats: readonly (readonly [string, readonly Overload[]])[] = [
  ['format.named', [plain([string], optionalOf(namedFormat), (name) => new Optional(known.get(name as string)))]],
  ...[...known].map(([name, format]) => [`format.${name}`, [plain([], namedFormat, () => format)]] as const),
  ['validate', [method(namedFormat, [string], optionalOf(listOf(string)), validate, reads(1))]],
];
