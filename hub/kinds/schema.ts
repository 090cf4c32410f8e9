/** Schemas of the built-in types: what fields exist, of what type, and how lists merge. */

/** What a field holds. */
export type Value =
  /** Formats: byte, date-time (meta/v1 Time), micro-time (meta/v1 MicroTime). */
  | { readonly is: 'string'; readonly format?: string }
  | { readonly is: 'integer'; readonly format?: string }
  | { readonly is: 'number' }
  | { readonly is: 'boolean' }
  /** IntOrString. */
  | { readonly is: 'int-or-string' }
  /** resource.Quantity. */
  | { readonly is: 'quantity' }
  /** Any JSON (RawExtension, JSON, JSONSchemaProps defaults…); with a type, objects in it are of that, and else it is true or false. */
  | { readonly is: 'any'; readonly type?: string }
  | { readonly is: 'object'; readonly type: string }
  | { readonly is: 'list'; readonly item: Value }
  | { readonly is: 'map'; readonly item: Value };

/** One field of a type. */
export interface Field {
  readonly name: string;
  readonly value: Value;
  readonly required: boolean;
  /**
   * What the field is on the wire when it holds its zero value: `omit` it is dropped, `keep` it is a pointer and stays
   * when set, `print` the zero is written even when unset (`""`, 0, false, `{}`; null for lists, maps and times),
   * `null` null is written when unset.
   */
  readonly zero: 'omit' | 'keep' | 'print' | 'null';
  readonly default?: unknown;
  readonly enum?: readonly string[];
  /** x-kubernetes-list-type; lists without one are atomic. */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly mapKeys?: readonly string[];
  /** x-kubernetes-patch-strategy, split at commas: merge, replace, retainKeys. */
  readonly patchStrategy?: readonly string[];
  readonly mergeKey?: string;
  /** x-kubernetes-map-type atomic of the field's value (or of the type it refers to). */
  readonly atomic?: boolean;
}

/** One type (`io.k8s.api.core.v1.Pod`). */
export interface Type {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** x-kubernetes-map-type atomic of the type itself: it has one owner, in lists too. */
  readonly atomic?: boolean;
}

/** All types by name. */
export interface Schemas {
  get(type: string): Type | undefined;
  names(): Iterable<string>;
}
