/** What is wrong with a StorageClass or a VolumeAttributesClass. */
import { duplicate, type FieldError, forbiddenField, invalid, required, tooLong } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { sameJson } from '../../api/same-json.ts';
import type { StorageClass, VolumeAttributesClass } from '../../api/storage.ts';
import { frozen, immutable, named, oneOf } from '../field-checks.ts';

const parameterLimit = 512;
const parameterBytes = 256 * 1024;

function validateProvisioner(name: string | undefined, path: string, errors: FieldError[]): void {
  if (!name) errors.push(required(path));
  else named(labelKeyErrors, name.toLowerCase(), path, errors);
}

function validateParameters(
  parameters: Record<string, string> | undefined,
  empty: boolean,
  errors: FieldError[],
): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > parameterLimit) {
    errors.push(tooLong('parameters', parameterLimit));
    return;
  }
  let size = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.push(invalid('parameters', key, 'field can not be empty.'));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > parameterBytes) errors.push(tooLong('parameters', parameterBytes));
  if (!empty && entries.length === 0) errors.push(required('parameters', 'must contain at least one key/value pair'));
}

/** What is wrong with a new StorageClass. */
export function validateStorageClass(one: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  validateProvisioner(one.provisioner, 'provisioner', errors);
  validateParameters(one.parameters, true, errors);
  if (one.reclaimPolicy) oneOf(one.reclaimPolicy, ['Delete', 'Retain'], 'reclaimPolicy', errors);
  if (!one.volumeBindingMode) errors.push(required('volumeBindingMode'));
  else oneOf(one.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode', errors);
  const terms = one.allowedTopologies ?? [];
  // API: the list of terms seen so far begins with as many empty ones
  const seen: Record<string, string[]>[] = terms.map(() => ({}));
  terms.forEach((topology, index) => {
    const keys = new Set<string>();
    const values: Record<string, string[]> = {};
    topology.matchLabelExpressions?.forEach((expression, at) => {
      const path = `allowedTopologies[${index}].matchLabelExpressions[${at}]`;
      const list = expression.values ?? [];
      if (list.length === 0) errors.push(required(`${path}.values`));
      list.forEach((value, position) => {
        if (list.indexOf(value) !== position) errors.push(duplicate(`${path}.values[${position}]`, value));
      });
      values[expression.key] = [...new Set(list)].sort();
      named(labelKeyErrors, expression.key, `${path}.key`, errors);
      if (keys.has(expression.key)) errors.push(duplicate(`${path}.key`, expression.key));
      keys.add(expression.key);
    });
    for (const other of seen) {
      if (sameJson(other, values)) errors.push(duplicate(`allowedTopologies[${index}].matchLabelExpressions`, ''));
    }
    seen.push(values);
  });
  return errors;
}

/** What is wrong with a changed StorageClass. API: only expansion and topologies change. */
export function validateStorageClassUpdate(one: StorageClass, old: StorageClass): FieldError[] {
  const errors = validateStorageClass(one);
  const why = 'updates to parameters are forbidden.';
  frozen(one.parameters, old.parameters, 'parameters', why, errors);
  frozen(one.provisioner, old.provisioner, 'provisioner', 'updates to provisioner are forbidden.', errors);
  frozen(one.reclaimPolicy, old.reclaimPolicy, 'reclaimPolicy', 'updates to reclaimPolicy are forbidden.', errors);
  immutable(one.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode', errors);
  return errors;
}

/** What is wrong with a new VolumeAttributesClass. */
export function validateAttributesClass(one: VolumeAttributesClass): FieldError[] {
  const errors: FieldError[] = [];
  validateProvisioner(one.driverName, 'driverName', errors);
  validateParameters(one.parameters, false, errors);
  return errors;
}

/** What is wrong with a changed VolumeAttributesClass: it never changes. */
export function validateAttributesClassUpdate(one: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  const errors: FieldError[] = [];
  if (one.driverName !== old.driverName) {
    errors.push(forbiddenField('driverName', 'updates to driverName are forbidden.'));
  }
  frozen(one.parameters, old.parameters, 'parameters', 'updates to parameters are forbidden.', errors);
  return [...errors, ...validateAttributesClass(one)];
}
