/** The parts of a version beside its schema: subresources, columns, selectable fields. */
import type { DefinitionVersion, JsonSchema, PrinterColumn } from '../../../api/custom-resource.ts';
import { duplicate, type FieldError, invalid, required, tooMany } from '../../../api/field-error.ts';
import { type FieldPath, fieldPathOf } from '../../custom/field-path.ts';
import { PathFault } from '../../custom/json-path.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const mostSelectable = 8;

/** A path that begins with a dot; true when it does. */
function startsWithDot(text: string, path: string, errors: FieldError[]): boolean {
  if (text.startsWith('.')) return true;
  errors.push(invalid(path, text, 'must be a simple json path starting with .'));
  return false;
}

function below(text: string, part: 'spec' | 'status', path: string, errors: FieldError[]): void {
  if (startsWithDot(text, path, errors) && !text.startsWith(`.${part}.`)) {
    errors.push(invalid(path, text, `should be a json path under .${part}`));
  }
}

/** status and scale. */
export function validateSubresources(
  subresources: DefinitionVersion['subresources'],
  path: string,
  errors: FieldError[],
): void {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const paths = [
    ['specReplicasPath', 'spec'],
    ['statusReplicasPath', 'status'],
  ] as const;
  for (const [field, part] of paths) {
    const at = `${path}.scale.${field}`;
    if (!scale[field]) errors.push(required(at));
    else below(scale[field], part, at, errors);
  }
  const { labelSelectorPath: selector } = scale;
  if (!selector) return;
  const at = `${path}.scale.labelSelectorPath`;
  if (startsWithDot(selector, at, errors) && !/^\.(spec|status)\./.test(selector)) {
    errors.push(invalid(at, selector, 'should be a json path under either .spec or .status'));
  }
}

/** additionalPrinterColumns. */
export function validateColumns(columns: readonly PrinterColumn[], path: string, errors: FieldError[]): void {
  columns.forEach(({ name, type, format, jsonPath }, index) => {
    const at = `${path}[${index}]`;
    if (!name) errors.push(required(`${at}.name`));
    const allowed = `must be one of ${columnTypes.join()}`;
    if (!type) errors.push(required(`${at}.type`, allowed));
    else if (!columnTypes.includes(type)) errors.push(invalid(`${at}.type`, type, allowed));
    if (format && !columnFormats.includes(format)) {
      errors.push(invalid(`${at}.format`, format, `must be one of ${columnFormats.join()}`));
    }
    if (!jsonPath) errors.push(required(`${at}.JSONPath`));
    else startsWithDot(jsonPath, `${at}.JSONPath`, errors);
  });
}

/** Where the path of a selectable field leads; undefined, with an error at `at`, when it leads nowhere. */
function selected(text: string, schema: JsonSchema, at: string, errors: FieldError[]): FieldPath | undefined {
  try {
    return fieldPathOf(text, schema, false);
  } catch (error) {
    if (!(error instanceof PathFault)) throw error;
    errors.push(invalid(at, text, `is an invalid path: ${error.message}`));
    return undefined;
  }
}

const selectableText =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';

/** selectableFields. */
export function validateSelectableFields(version: DefinitionVersion, path: string, errors: FieldError[]): void {
  const fields = version.selectableFields ?? [];
  const schema = version.schema?.openAPIV3Schema;
  if (fields.length === 0 || schema === undefined) return;
  const seen = new Set<string>();
  fields.forEach(({ jsonPath }, index) => {
    const at = `${path}[${index}].jsonPath`;
    if (!jsonPath) {
      errors.push(required(at));
      return;
    }
    const place = selected(jsonPath, schema, at, errors);
    if (place === undefined) return;
    if (place.root === 'metadata') errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    if (!['string', 'integer', 'boolean'].includes(place.schema.type ?? '')) {
      errors.push(invalid(at, jsonPath, selectableText));
    }
    if (seen.has(place.text)) errors.push(duplicate(at, jsonPath));
    seen.add(place.text);
  });
  if (seen.size > mostSelectable) errors.push(tooMany(path, seen.size, mostSelectable));
}
