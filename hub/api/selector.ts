/** Label and field selectors: parsing and matching. */

/** Decides by labels. `text` is the canonical form. */
export interface LabelMatcher {
  readonly text: string;
  /** The single `key=value` terms among the requirements, for index look-ups. */
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
