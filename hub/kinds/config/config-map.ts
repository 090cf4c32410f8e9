/** The ConfigMap: settings for Pods to read. */
import type { ConfigMap } from '../../api/config.ts';
import { type FieldError, forbiddenField, invalid, tooLong } from '../../api/field-error.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { configKeyErrors, sameMap, secretLimit } from './data-keys.ts';

function validateCreate(map: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key in map.data) {
    for (const problem of configKeyErrors(key)) errors.push(invalid(`data[${key}]`, key, problem));
    if (map.binaryData !== undefined && Object.hasOwn(map.binaryData, key)) {
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    const value = map.data[key] ?? '';
    size += value.length * 3 <= secretLimit ? value.length : Buffer.byteLength(value);
  }
  for (const key in map.binaryData) {
    for (const problem of configKeyErrors(key)) errors.push(invalid(`binaryData[${key}]`, key, problem));
    size += Buffer.byteLength(map.binaryData[key] ?? '', 'base64');
  }
  if (size > secretLimit) errors.push(tooLong('[]', secretLimit));
  return errors;
}

/** API: what is immutable stays so, with all it holds. */
function validateUpdate(map: ConfigMap, old: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  if (old.immutable === true) {
    const why = 'field is immutable when `immutable` is set';
    if (map.immutable !== true) errors.push(forbiddenField('immutable', why));
    if (!sameMap(map.data, old.data)) errors.push(forbiddenField('data', why));
    if (!sameMap(map.binaryData, old.binaryData)) errors.push(forbiddenField('binaryData', why));
  }
  errors.push(...validateCreate(map));
  return errors;
}

function cells(map: ConfigMap, now: number): TableCell[] {
  const count = Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length;
  return [nameCell(map), count, ageCell(map, now)];
}

/** The strategy of ConfigMaps. */
export const configMapStrategy: Strategy = plainStrategy<ConfigMap>({
  validateCreate,
  validateUpdate,
  columns: columnsOf('configMap'),
  cells,
});
