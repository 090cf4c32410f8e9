/** Checks of values against OpenAPI schemas, made ready once for each schema. */
import type { JsonSchema } from '../../api/custom-resource.ts';
import { sameJson } from '../../api/same-json.ts';
import { compositeChecks } from './check-composite.ts';
import { numberCheck, stringCheck } from './check-scalar.ts';
import type { Check, Findings } from './findings.ts';
import { hasDefault, isFields } from './structural.ts';

/** The name of a value's JSON type. */
function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const goFormats: Readonly<Record<string, string>> = { integer: 'int64', number: 'double' };

function typesOf(schema: JsonSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return schema.type ? [schema.type] : [];
}

function typeCheck(schema: JsonSchema): Check | undefined {
  const types = typesOf(schema);
  if (types.length === 0) return undefined;
  const expected = types.join(',');
  const format = schema.format ?? '';
  const numeric = types.includes('integer') || types.includes('number');
  const fits = (actual: string): boolean =>
    types.includes(actual) || (actual === 'integer' && types.includes('number'));
  return (value, _old, path, found) => {
    const actual = typeName(value);
    if (value === null) {
      if (schema.nullable !== true) found.wrongType(path, expected, actual);
      return;
    }
    if (fits(actual)) return;
    const textual = actual === 'string' || actual === 'array';
    if (format !== '' && !textual) found.wrongType(path, format, goFormats[actual] ?? '');
    else if (format === '' || numeric) found.wrongType(path, expected, actual);
  };
}

function enumCheck(allowed: readonly unknown[]): Check {
  return (value, _old, path, found) => {
    if (!allowed.some((one) => sameJson(one, value))) found.notListed(path, value, allowed);
  };
}

/** The item of an old list that a new one takes the place of: only lists with keys can tell. */
function oldItem(schema: JsonSchema, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !Array.isArray(old) || !isFields(item)) {
    return undefined;
  }
  return old.find((one: unknown) => isFields(one) && keys.every((key) => sameJson(one[key], item[key])));
}

function listCheck(schema: JsonSchema): Check {
  const { maxItems, minItems } = schema;
  const items = isFields(schema.items) ? checkOf(schema.items as JsonSchema) : undefined;
  return (value, old, path, found) => {
    if (!Array.isArray(value)) return;
    if (items !== undefined) {
      value.forEach((item: unknown, index) => {
        items(item, oldItem(schema, item, old), `${path}[${index}]`, found);
      });
    }
    if (minItems !== undefined && value.length < minItems) {
      found.broken(path, value.length, `should have at least ${minItems} items`);
    }
    if (maxItems !== undefined && value.length > maxItems) found.tooMany(path, value.length, maxItems);
  };
}

const under = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** How many fields there may be; true when that is in order. */
function countsFields(schema: JsonSchema, count: number, path: string, found: Findings): boolean {
  const { maxProperties, minProperties } = schema;
  if (minProperties !== undefined && count < minProperties) {
    found.broken(path, count, `should have at least ${minProperties} properties`);
    return false;
  }
  if (maxProperties === undefined || count <= maxProperties) return true;
  found.tooMany(path, count, maxProperties);
  return false;
}

function objectCheck(schema: JsonSchema): Check {
  const { required = [], additionalProperties } = schema;
  const declared = Object.entries(schema.properties ?? {});
  const parts = new Map(declared.map(([name, part]) => [name, checkOf(part)]));
  const filled = new Set(declared.flatMap(([name, part]) => (hasDefault(part) ? [name] : [])));
  const additional = isFields(additionalProperties) ? checkOf(additionalProperties as JsonSchema) : undefined;
  return (value, old, path, found) => {
    if (!isFields(value)) return;
    const names = Object.keys(value);
    if (!countsFields(schema, names.length, path, found)) return;
    const before = isFields(old) ? old : {};
    for (const name of additionalProperties === undefined ? [] : names.filter((one) => !parts.has(one))) {
      if (additionalProperties === false) found.whole(`${path}.${name} in body is a forbidden property`);
      else additional?.(value[name], before[name], under(path, name), found);
    }
    for (const [name, part] of parts) {
      if (Object.hasOwn(value, name)) part(value[name], before[name], under(path, name), found);
    }
    const missing = required.filter((name) => !Object.hasOwn(value, name) && !filled.has(name));
    for (const name of missing) found.missing(under(path, name));
    found.matches += required.length - missing.length;
  };
}

/** The check of one schema and all that is below it. Patterns that are none are left out: definitions are checked before. */
export function checkOf(schema: JsonSchema): Check {
  const type = typeCheck(schema);
  const enumerated = schema.enum !== undefined && schema.enum.length > 0 ? enumCheck(schema.enum) : undefined;
  const checks = [type, ...compositeChecks(schema, checkOf), stringCheck(schema), numberCheck(schema)].filter(
    (check) => check !== undefined,
  );
  if (schema.items !== undefined || schema.maxItems !== undefined || schema.minItems !== undefined) {
    checks.push(listCheck(schema));
  }
  if (enumerated !== undefined) checks.push(enumerated);
  checks.push(objectCheck(schema));
  return (value, old, path, found) => {
    if (old !== undefined && sameJson(value, old)) return;
    if (value === null) {
      type?.(value, old, path, found);
      if (schema.nullable !== true) enumerated?.(value, old, path, found);
      return;
    }
    for (const check of checks) {
      const before = found.errors.length;
      check(value, old, path, found);
      if (found.errors.length === before) found.matches += 1;
    }
  };
}
