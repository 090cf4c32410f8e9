/** The parts of a version beside its schema: subresources, columns, selectable fields. */
import type { DefinitionVersion, JsonSchema, PrinterColumn } from '../../../api/custom-resource.ts';
import { type FieldError, invalid, required, tooMany } from '../../../api/field-error.ts';

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
    errors.push(invalid(at, selector, 'should be a json path under either .status or .spec'));
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

/** The schema of the field a simple path leads to. */
function fieldAt(schema: JsonSchema | undefined, text: string): JsonSchema | undefined {
  let at = schema;
  for (const name of text.slice(1).split('.')) {
    at = at?.properties !== undefined && Object.hasOwn(at.properties, name) ? at.properties[name] : undefined;
  }
  return at;
}

/** selectableFields. */
export function validateSelectableFields(version: DefinitionVersion, path: string, errors: FieldError[]): void {
  const fields = version.selectableFields ?? [];
  if (fields.length > mostSelectable) errors.push(tooMany(path, fields.length, mostSelectable));
  const seen = new Set<string>();
  fields.forEach(({ jsonPath }, index) => {
    const at = `${path}[${index}].jsonPath`;
    if (!jsonPath) {
      errors.push(required(at));
      return;
    }
    if (seen.has(jsonPath))
      errors.push({ type: 'FieldValueDuplicate', field: at, message: `Duplicate value: ${JSON.stringify(jsonPath)}` });
    seen.add(jsonPath);
    if (!/^(\.[A-Za-z_][\w-]*)+$/.test(jsonPath)) {
      errors.push(
        invalid(at, jsonPath, 'is an invalid path: must be a simple json path of field names, each after a .'),
      );
      return;
    }
    const field = fieldAt(version.schema?.openAPIV3Schema, jsonPath);
    if (jsonPath === '.metadata' || jsonPath.startsWith('.metadata.')) {
      errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    } else if (field === undefined) {
      errors.push(invalid(at, jsonPath, 'is an invalid path: does not refer to a valid field'));
    } else if (!['string', 'integer', 'boolean'].includes(field.type ?? '')) {
      errors.push(invalid(at, jsonPath, 'must point to a field of type boolean, integer, or string'));
    }
  });
}
