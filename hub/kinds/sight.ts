/** What is looked at of an object, when that is little of much. */

/** All of a value; of a list only how many items it has; or these fields of an object. */
export type Sight = 'all' | 'count' | Fields;

/** The fields of an object that are looked at, and what of each. */
export interface Fields {
  readonly [field: string]: Sight;
}
