/** Files inside volumes: keys of ConfigMaps and Secrets, facts of the Pod. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { DownwardAPIVolumeFile, KeyToPath } from '../../api/pod.ts';
import { localPathNotDotted } from '../storage/paths.ts';
import { validateFieldRef, validateResourceRef } from './validate-env.ts';

const modeText = 'must be a number between 0 and 0777 (octal), both inclusive';

/** Permission bits of a file. */
export function fileMode(mode: number | undefined, path: string, errors: FieldError[]): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(invalid(path, mode, modeText));
}

/** A key and the file it becomes. */
export function validateItem(item: KeyToPath, path: string, errors: FieldError[]): void {
  if (!item.key) errors.push(required(`${path}.key`));
  if (!item.path) errors.push(required(`${path}.path`));
  else localPathNotDotted(item.path, `${path}.path`, errors);
  fileMode(item.mode, `${path}.mode`, errors);
}

/** A file of the downward API; its errors stand at the volume, without an index. */
export function validateDownwardFile(file: DownwardAPIVolumeFile, path: string, errors: FieldError[]): void {
  if (!file.path) errors.push(required(`${path}.path`));
  else localPathNotDotted(file.path, `${path}.path`, errors);
  if (file.fieldRef) {
    validateFieldRef(file.fieldRef, `${path}.fieldRef`, 'volume', errors);
    if (file.resourceFieldRef) {
      const why = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(invalid(path, 'resource', why));
    }
  } else if (file.resourceFieldRef)
    validateResourceRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true, errors);
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  fileMode(file.mode, `${path}.mode`, errors);
}
