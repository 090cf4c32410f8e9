/** Structural schemas: every field has a type, and alternatives only restrict what the structure says. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import { Regexp, RegexpFault } from '../../../cel/regexp/regexp.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../../api/field-error.ts';
import { sameJson } from '../../../api/same-json.ts';
import { isFields } from '../../custom/structural.ts';
import { hasDefault } from '../../custom/structural.ts';

type Level = 'root' | 'item' | 'field';

const missingType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

const intOrString = [{ type: 'integer' }, { type: 'string' }];

class StructureCheck {
  readonly errors: FieldError[] = [];

  value(schema: JsonSchema, level: Level, path: string): void {
    const { items, additionalProperties: more } = schema;
    if (schema.type === 'array' && items === undefined) {
      this.errors.push(required(`${path}.items`, 'must be specified'));
    }
    if (isFields(items)) this.value(items as JsonSchema, 'item', `${path}.items`);
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      if (!(level === 'root' && name === 'metadata')) this.value(part, 'field', `${path}.properties[${name}]`);
    }
    if (more !== undefined && level === 'root') {
      this.errors.push(forbiddenField(`${path}.additionalProperties`, 'must not be used at the root'));
    }
    if (isFields(more)) this.value(more, 'field', `${path}.additionalProperties`);
    this.#extensions(schema, path);
    this.#alternatives(schema, path, true);
    this.#type(schema, level, path);
    this.#metadata(schema, level, path);
  }

  #extensions(schema: JsonSchema, path: string): void {
    if (schema['x-kubernetes-int-or-string'] !== true) return;
    for (const word of ['preserve-unknown-fields', 'embedded-resource'] as const) {
      if (schema[`x-kubernetes-${word}`] !== true) continue;
      const why = 'must be false if x-kubernetes-int-or-string is true';
      this.errors.push(invalid(`${path}.x-kubernetes-${word}`, true, why));
    }
  }

  #type(schema: JsonSchema, level: Level, path: string): void {
    const embedded = schema['x-kubernetes-embedded-resource'] === true;
    const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    if (embedded && schema.type !== 'object') {
      this.errors.push(schema.type ? invalid(`${path}.type`, schema.type, why) : required(`${path}.type`, why));
    } else if (!schema.type && schema['x-kubernetes-int-or-string'] !== true && !preserves) {
      this.errors.push(required(`${path}.type`, missingType[level]));
    }
    if (embedded && schema.additionalProperties !== undefined) {
      const not = 'must not be used if x-kubernetes-embedded-resource is set';
      this.errors.push(forbiddenField(`${path}.additionalProperties`, not));
    }
    if (level === 'root' && schema.type && schema.type !== 'object') {
      this.errors.push(invalid(`${path}.type`, schema.type, 'must be object at the root'));
    }
    if (embedded && !preserves && Object.keys(schema.properties ?? {}).length === 0) {
      const empty =
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
      this.errors.push(required(`${path}.properties`, empty));
    }
  }

  #metadata(schema: JsonSchema, level: Level, path: string): void {
    if (level !== 'root' && schema['x-kubernetes-embedded-resource'] !== true) return;
    const properties = schema.properties ?? {};
    for (const name of ['kind', 'apiVersion']) {
      const type = Object.hasOwn(properties, name) ? (properties[name]?.type ?? '') : 'string';
      if (type !== 'string') this.errors.push(invalid(`${path}.properties[${name}].type`, type, 'must be string'));
    }
    const metadata = Object.hasOwn(properties, 'metadata') ? properties['metadata'] : undefined;
    if (metadata === undefined) return;
    const at = `${path}.properties[metadata]`;
    if (metadata.type !== 'object') this.errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
    if (level !== 'root') return;
    const { type: _, properties: names = {}, description: __, ...rest } = metadata;
    const known = Object.keys(names).every((name) => name === 'name' || name === 'generateName');
    if (known && Object.keys(rest).length === 0) return;
    const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    this.errors.push(forbiddenField(at, why));
  }

  /** allOf and its like, and the pattern; `top` where the forms of int-or-string are allowed. */
  #alternatives(schema: JsonSchema, path: string, top: boolean): void {
    const skips = top && sameJson(schema.anyOf, intOrString);
    if (!skips) this.#each(schema.anyOf, `${path}.anyOf`);
    schema.allOf?.forEach((part, index) => {
      const skipsInside = top && index === 0 && sameJson(part.anyOf, intOrString);
      this.#nested(part, skipsInside, `${path}.allOf[${index}]`);
    });
    this.#each(schema.oneOf, `${path}.oneOf`);
    if (schema.not !== undefined) this.#nested(schema.not, false, `${path}.not`);
    if (schema.pattern) this.#pattern(schema.pattern, `${path}.pattern`);
  }

  #each(parts: readonly JsonSchema[] | undefined, path: string): void {
    for (const [index, part] of (parts ?? []).entries()) this.#nested(part, false, `${path}[${index}]`);
  }

  #pattern(pattern: string, path: string): void {
    try {
      new Regexp(pattern);
    } catch (error) {
      if (!(error instanceof RegexpFault)) throw error;
      const why = `must be a valid regular expression, but isn't: ${error.message}`;
      this.errors.push(invalid(path, pattern, why));
    }
  }

  #nested(schema: JsonSchema, skips: boolean, path: string): void {
    const { anyOf: _, ...withoutAny } = schema;
    this.#alternatives(skips ? withoutAny : schema, path, false);
    if (isFields(schema.items)) this.#nested(schema.items as JsonSchema, false, `${path}.items`);
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      this.#nested(part, false, `${path}.properties[${name}]`);
    }
    const forbid = (word: string, said: boolean, must: string): void => {
      if (said) this.errors.push(forbiddenField(`${path}.${word}`, `must be ${must} to be structural`));
    };
    forbid('type', Boolean(schema.type), 'empty');
    forbid('additionalProperties', schema.additionalProperties !== undefined, 'undefined');
    forbid('default', hasDefault(schema), 'undefined');
    forbid('title', Boolean(schema.title), 'empty');
    forbid('description', Boolean(schema.description), 'empty');
    forbid('nullable', schema.nullable === true, 'false');
    forbid('externalDocs', schema.externalDocs !== undefined, 'undefined');
    for (const word of ['preserve-unknown-fields', 'embedded-resource', 'int-or-string'] as const) {
      forbid(`x-kubernetes-${word}`, schema[`x-kubernetes-${word}`] === true, 'false');
    }
    forbid('x-kubernetes-list-map-keys', Boolean(schema['x-kubernetes-list-map-keys']?.length), 'empty');
    forbid('x-kubernetes-list-type', schema['x-kubernetes-list-type'] !== undefined, 'undefined');
    forbid('x-kubernetes-map-type', schema['x-kubernetes-map-type'] !== undefined, 'undefined');
    forbid('x-kubernetes-validations', Boolean(schema['x-kubernetes-validations']?.length), 'empty');
    if (schema.properties !== undefined && Object.hasOwn(schema.properties, 'metadata')) {
      const why = 'must not be specified in a nested context';
      this.errors.push(forbiddenField(`${path}.properties[metadata]`, why));
    }
  }

  /** What alternatives speak of must be there without them: `nested` within the structure `schema`. */
  complete(nested: JsonSchema, schema: JsonSchema | undefined, path: string): void {
    for (const word of ['allOf', 'anyOf', 'oneOf'] as const) {
      for (const part of nested[word] ?? []) this.#covered(part, schema, path);
    }
    if (nested.not !== undefined) this.#covered(nested.not, schema, path);
    if (nested !== schema) return;
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      this.complete(part, part, `${path}.properties[${name}]`);
    }
    if (isFields(schema.items)) this.complete(schema.items as JsonSchema, schema.items as JsonSchema, `${path}.items`);
    const more = schema.additionalProperties;
    if (isFields(more)) this.complete(more, more, `${path}.additionalProperties`);
  }

  #covered(nested: JsonSchema, schema: JsonSchema | undefined, path: string): void {
    if (isFields(nested.items)) {
      const at = `${path}.items`;
      const items = isFields(schema?.items) ? (schema.items as JsonSchema) : undefined;
      if (items === undefined) {
        this.errors.push(required(at, `because it is defined in ${at}`));
      } else this.#covered(nested.items as JsonSchema, items, at);
    }
    for (const [name, part] of Object.entries(nested.properties ?? {})) {
      const at = `${path}.properties[${name}]`;
      const own =
        schema?.properties !== undefined && Object.hasOwn(schema.properties, name)
          ? schema.properties[name]
          : undefined;
      if (own === undefined) this.errors.push(required(at, `because it is defined in ${at}`));
      else this.#covered(part, own, at);
    }
    this.complete(nested, schema, path);
  }
}

/** What keeps a schema from being structural, sorted by its text. */
export function validateStructure(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const check = new StructureCheck();
  check.value(schema, 'root', path);
  if (check.errors.length === 0) check.complete(schema, schema, path);
  const text = ({ field, message }: FieldError): string => `${field}: ${message}`;
  const unique = new Map(check.errors.map((error) => [text(error), error]));
  errors.push(...[...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, error]) => error));
}
