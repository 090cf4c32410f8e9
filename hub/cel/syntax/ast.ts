/** Expressions of CEL as trees. */

/** A literal's value: integers are bigints, unsigned ones carry their mark. */
export type Literal = bigint | number | string | boolean | null | Uint8Array | { readonly uint: bigint };

interface At {
  /** A number of its own within the expression: what is found out about a node is kept by it. */
  readonly id: number;
  /** Where in the text errors about this node point to, in characters. */
  readonly at: number;
}

/** One node. */
export type Expression =
  | (At & { readonly is: 'literal'; readonly value: Literal })
  | (At & { readonly is: 'name'; readonly name: string })
  /** `test`: has(operand.field); `optional`: operand.?field. */
  | (At & {
      readonly is: 'select';
      readonly operand: Expression;
      readonly field: string;
      readonly test: boolean;
      readonly optional: boolean;
    })
  | (At & {
      readonly is: 'call';
      readonly name: string;
      readonly target: Expression | undefined;
      readonly args: readonly Expression[];
    })
  | (At & { readonly is: 'list'; readonly items: readonly Expression[]; readonly optional: ReadonlySet<number> })
  | (At & {
      readonly is: 'map';
      readonly entries: readonly { readonly key: Expression; readonly value: Expression; readonly optional: boolean }[];
    })
  /** `Object.spec{replicas: 1, ?paused: …}`. */
  | (At & {
      readonly is: 'struct';
      readonly name: string;
      readonly entries: readonly { readonly field: string; readonly value: Expression; readonly optional: boolean }[];
    })
  | Comprehension;

/** A macro that walks over a range: what all, exists, map and their like become. */
export type Comprehension = At & {
  readonly is: 'comprehension';
  readonly range: Expression;
  /** The variables of an iteration; two for keys and values. */
  readonly variables: readonly string[];
  readonly result: string;
  readonly start: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly end: Expression;
};
