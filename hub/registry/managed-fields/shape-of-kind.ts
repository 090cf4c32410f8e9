/** The shape of the objects of a kind, built-in or custom; each is read once. */
import type { Structural } from '../../kinds/custom/structural.ts';
import type { Schemas } from '../../kinds/schema.ts';
import { customShape } from './custom-shape.ts';
import { type Shape, shapesOf } from './shape.ts';

/** What a shape is read from. */
export interface ShapeSource {
  readonly schemas: Schemas;
  /** The schema type; one that is unknown has no schema. */
  readonly type: string;
  /** The schema of a custom kind. */
  readonly custom?: Structural | undefined;
}

/** A memo: a shape depends on nothing but its schema. */
const memo = new WeakMap<Structural, Shape>();

/** The shape of whole objects. */
export function shapeOfKind({ schemas, type, custom }: ShapeSource): Shape {
  if (custom === undefined) return shapesOf(schemas).object(type);
  let shape = memo.get(custom);
  if (shape === undefined) {
    const shapes = shapesOf(schemas);
    shape = customShape(custom, shapes.metadata(), shapes.nestedMetadata());
    memo.set(custom, shape);
  }
  return shape;
}
