/** The contract of match conditions, once compiled. */

/** What conditions are asked about; `request` is the AdmissionRequest without its objects. */
export interface ConditionInput {
  readonly request: object;
  readonly object: object | undefined;
  readonly oldObject: object | undefined;
}

/** Conditions, compiled. */
export interface ConditionSet {
  /** True when all hold, false when one does not. Throws an Error that says why it cannot be told. */
  match(input: ConditionInput): boolean;
}
