/** Label and field selectors: parsing and matching. */
import { badRequest } from './errors.ts';
import { parseRequirements } from './label-selector-parser.ts';
import type { LabelSelector } from './object.ts';
import { type LabelOperator, type Requirement, requirement } from './requirement.ts';

/** Decides by labels. `text` is the canonical form. */
export interface LabelMatcher {
  readonly text: string;
  matches(labels: Readonly<Record<string, string>>): boolean;
}

/** One term of a field selector. API: only =, == and != exist. */
export interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

/** All terms must hold. */
export type FieldSelector = readonly FieldTerm[];

/** Matches any labels: the empty selector. */
export const everything: LabelMatcher = { text: '', matches: () => true };

/** Matches no labels: API, a selector that is not set. */
const nothing: LabelMatcher = { text: '<nothing>', matches: () => false };

function matcherOf(requirements: readonly Requirement[]): LabelMatcher {
  const first = requirements[0];
  if (first === undefined) return everything;
  if (requirements.length === 1) return { text: first.text, matches: first.holds };
  const sorted = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    text: sorted.map((one) => one.text).join(','),
    matches(labels) {
      for (const one of sorted) if (!one.holds(labels)) return false;
      return true;
    },
  };
}

/** API labelSelector parameter, `a=b,c in (d,e),!f`; throws BadRequest. */
export function parseLabelSelector(text: string): LabelMatcher {
  return text === '' ? everything : matcherOf(parseRequirements(text));
}

const operators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** metav1.LabelSelector. API: unset matches nothing, empty matches everything. Throws BadRequest. */
export function labelSelectorMatcher(selector: LabelSelector | undefined): LabelMatcher {
  if (selector === undefined || selector === null) return nothing;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push(requirement(key, '=', [value]));
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (known === undefined) throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(requirement(key, known, values ?? []));
  }
  return matcherOf(requirements);
}

/** Parts between commas that no backslash escapes. */
function fieldTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms.filter((term) => term !== '');
}

function unescaped(value: string): string {
  let result = '';
  for (let at = 0; at < value.length; at++) {
    const char = value.charAt(at);
    if (char === ',' || char === '=') {
      throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    }
    if (char !== '\\') {
      result += char;
      continue;
    }
    const next = value.charAt(++at);
    if (next !== '\\' && next !== ',' && next !== '=') {
      throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
    }
    result += next;
  }
  return result;
}

/** API fieldSelector parameter, `a=b,c!=d` with `\,`, `\=` and `\\` in values; throws BadRequest. */
export function parseFieldSelector(text: string): FieldSelector {
  return fieldTerms(text).map((term) => {
    const sign = /!=|==?/.exec(term);
    if (sign === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    return {
      field: term.slice(0, sign.index),
      value: unescaped(term.slice(sign.index + sign[0].length)),
      equal: sign[0] !== '!=',
    };
  });
}
