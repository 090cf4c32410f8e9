/** The types of whole objects as expressions see them: of built-in kinds by their schemas, of custom ones by theirs. */
import { bool, bytes, double, dyn, int, listOf, mapOf, string, timestamp, type Type } from '../../../cel/types/type.ts';
import { objectMetaType } from '../../conform.ts';
import { escaped, ruleTypeOf } from '../../custom/rule-types.ts';
import type { ResourceInfo } from '../../kind.ts';
import type { Schemas, Value } from '../../schema.ts';

/** Answers types; each schema is read once, and may lead to itself. */
export class ObjectTypes {
  readonly #schemas: Schemas;
  readonly #known = new Map<string, Type>();

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  /** The type of the objects of a resource; undefined when it has no schema. */
  of(info: ResourceInfo): Type | undefined {
    if (info.custom === undefined) return this.#struct(info.type);
    const type = ruleTypeOf(info.custom.schema, true)?.type;
    if (type?.is !== 'object') return undefined;
    const metadata = this.#struct(objectMetaType);
    const fields = new Map(type.fields);
    if (metadata !== undefined) fields.set('metadata', metadata);
    return { ...type, fields, open: info.custom.schema.preserves };
  }

  #struct(name: string): Type | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const schema = this.#schemas.get(name);
    if (schema === undefined) return undefined;
    const fields = new Map<string, Type>();
    const type: Type = { is: 'object', name, fields };
    this.#known.set(name, type);
    for (const { name: field, value } of schema.fields.values()) {
      const written = escaped(field);
      if (written !== undefined) fields.set(written, this.#value(value));
    }
    return type;
  }

  #value(value: Value): Type {
    switch (value.is) {
      case 'string':
        if (value.format === 'byte') return bytes;
        return value.format === 'date-time' || value.format === 'micro-time' ? timestamp : string;
      case 'integer':
        return int;
      case 'number':
        return double;
      case 'boolean':
        return bool;
      case 'list':
        return listOf(this.#value(value.item));
      case 'map':
        return mapOf(string, this.#value(value.item));
      case 'object':
        return this.#struct(value.type) ?? dyn;
      default:
        return dyn;
    }
  }
}
