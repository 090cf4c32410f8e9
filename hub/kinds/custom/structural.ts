/** Structural schemas: what of a JSON schema says which fields there are, read once for the walks over every object. */
import type { JsonSchema } from '../../api/custom-resource.ts';

/** What is known of a value. */
export interface Structural {
  /** The schema it was read from. */
  readonly json: JsonSchema;
  /** Empty when the schema names none. */
  readonly type: string;
  readonly properties: ReadonlyMap<string, Structural>;
  /** additionalProperties: a schema, `true`, or undefined when there are none. */
  readonly additional: Structural | true | undefined;
  readonly items: Structural | undefined;
  readonly nullable: boolean;
  /** x-kubernetes-preserve-unknown-fields. */
  readonly preserves: boolean;
  /** x-kubernetes-embedded-resource. */
  readonly embedded: boolean;
  readonly intOrString: boolean;
  readonly listType: string | undefined;
  readonly mapKeys: readonly string[];
  readonly mapType: string | undefined;
  /** True when a default is here or below. */
  readonly defaults: boolean;
  /** True when an embedded resource is here or below. */
  readonly embeds: boolean;
  /** True when a list of type set or map is here or below. */
  readonly keyed: boolean;
}

const none: ReadonlyMap<string, Structural> = new Map();

/** True for a JSON object. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a schema; what is no part of the structure (allOf, pattern …) stays in `json`. */
export function structuralOf(json: JsonSchema): Structural {
  const properties =
    json.properties === undefined
      ? none
      : new Map(Object.entries(json.properties).map(([name, part]) => [name, structuralOf(part)]));
  const { additionalProperties, items: item } = json;
  const additional = isFields(additionalProperties)
    ? structuralOf(additionalProperties)
    : additionalProperties === true
      ? true
      : undefined;
  const items = isFields(item) ? structuralOf(item) : undefined;
  const below = [...properties.values(), ...(additional === undefined || additional === true ? [] : [additional])];
  if (items !== undefined) below.push(items);
  const listType = json['x-kubernetes-list-type'];
  const embedded = json['x-kubernetes-embedded-resource'] === true;
  return {
    json,
    type: json.type ?? '',
    properties,
    additional,
    items,
    nullable: json.nullable === true,
    preserves: json['x-kubernetes-preserve-unknown-fields'] === true,
    embedded,
    intOrString: json['x-kubernetes-int-or-string'] === true,
    listType,
    mapKeys: json['x-kubernetes-list-map-keys'] ?? [],
    mapType: json['x-kubernetes-map-type'],
    defaults: hasDefault(json) || below.some((part) => part.defaults),
    embeds: embedded || below.some((part) => part.embeds),
    keyed: listType === 'set' || listType === 'map' || below.some((part) => part.keyed),
  };
}

/** A default of null is none. */
export function hasDefault(json: JsonSchema): boolean {
  return json.default !== undefined && json.default !== null;
}
