/** Label selectors: parsing the text form of a query, building matchers from LabelSelector objects, matching. */
import { badRequest } from './errors.ts';
import { lexSelector, type Token } from './label-lexer.ts';
import { labelKeyProblems, labelValueProblems } from './label-syntax.ts';
import type { LabelSelector } from './object.ts';
import type { LabelMatcher } from './selector.ts';

type Labels = Readonly<Record<string, string>>;
type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | '>' | '<';

/** One requirement on one key. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

function holds(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '>':
      return value !== undefined && /^[+-]?\d+$/.test(value) && BigInt(value) > BigInt(requirement.values[0] ?? '0');
    case '<':
      return value !== undefined && /^[+-]?\d+$/.test(value) && BigInt(value) < BigInt(requirement.values[0] ?? '0');
  }
}

function shown(requirement: Requirement): string {
  const { key, operator, values } = requirement;
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  if (operator === 'in' || operator === 'notin') return `${key} ${operator} (${[...values].sort().join(',')})`;
  return `${key}${operator}${values[0] ?? ''}`;
}

/** The matcher of requirements that must all hold. */
export function matcherOf(requirements: readonly Requirement[]): LabelMatcher {
  const sorted = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const only = sorted.length === 1 ? sorted[0] : undefined;
  return {
    text: sorted.map(shown).join(','),
    matches:
      only === undefined ? (labels) => sorted.every((one) => holds(one, labels)) : (labels) => holds(only, labels),
  };
}

const objectOperators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;

/** The matcher of a LabelSelector object. API: an absent selector matches nothing, an empty one everything. */
export function matcherOfSelector(selector: LabelSelector | undefined | null): LabelMatcher {
  if (selector === undefined || selector === null) return { text: '', matches: () => false };
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: '=', values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map(
    (one): Requirement => ({ key: one.key, operator: objectOperators[one.operator], values: one.values ?? [] }),
  );
  return matcherOf([...equal, ...expressions]);
}

/** Parses `a=b,c in (d,e),!f`. Throws ApiError BadRequest with Kubernetes' texts. */
export function parseLabelSelector(text: string): LabelMatcher {
  return matcherOf(new Parser(lexSelector(text)).requirements());
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  requirements(): Requirement[] {
    const found: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end') return found;
      if (!startsRequirement(token)) {
        throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      found.push(this.#requirement());
      const after = this.#take();
      if (after.kind === 'end') return found;
      if (after.text !== ',') throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
      if (!startsRequirement(this.#peek())) {
        throw badRequest(`found '${this.#peek().text}', expected: identifier after ','`);
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #requirement(): Requirement {
    let token = this.#take();
    const absent = token.text === '!';
    if (absent) token = this.#take();
    if (token.kind !== 'word') throw unparsable(`found '${token.text}', expected: identifier`);
    const key = token.text;
    checkKey(key);
    if (absent) return { key, operator: '!', values: [] };
    const after = this.#peek();
    if (after.kind === 'end' || after.text === ',') return { key, operator: 'exists', values: [] };
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()];
    checkValues(key, operator, values);
    return { key, operator, values };
  }

  #operator(): Operator {
    const token = this.#take();
    if (['in', 'notin', '=', '==', '!=', '>', '<'].includes(token.text)) return token.text as Operator;
    throw unparsable(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #value(): string {
    const next = this.#peek();
    if (next.kind === 'end' || next.text === ',') return '';
    if (this.#take().kind === 'word') return next.text;
    throw unparsable(`found '${next.text}', expected: identifier`);
  }

  #values(): string[] {
    const open = this.#take();
    if (open.text !== '(') throw unparsable(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.text !== ')' && first.text !== ',' && first.kind !== 'word') {
      throw unparsable(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = new Set<string>();
    for (let current = ''; ; ) {
      const token = this.#take();
      if (token.kind === 'word') {
        if (current !== '') throw unparsable(`found '${token.text}', expected: ',' or ')'`);
        current = token.text;
      } else if (token.text === ',' || token.text === ')') {
        values.add(current);
        current = '';
        if (token.text === ')') return [...values];
      } else {
        throw unparsable(`found '${token.text}', expected: ',' or ')'`);
      }
    }
  }
}

const startsRequirement = (token: Token): boolean => token.kind === 'word' || token.text === '!';
const unparsable = (why: string): Error => badRequest(`unable to parse requirement: ${why}`);

function checkKey(key: string): void {
  const [problem] = labelKeyProblems(key);
  if (problem !== undefined) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
}

function checkValues(key: string, operator: Operator, values: readonly string[]): void {
  if ((operator === '>' || operator === '<') && !/^[+-]?\d+$/.test(values[0] ?? '')) {
    throw unparsable(
      `values[0][${key}]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  values.forEach((value, index) => {
    const [problem] = labelValueProblems(value);
    if (problem === undefined) return;
    throw unparsable(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
  });
}
