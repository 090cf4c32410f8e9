/** Paths in volumes: none may climb out of where it starts. */
import { type FieldError, invalid } from '../../api/field-error.ts';

/** What a path of the node may have to be. */
export const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** No part of the path is `..`. */
export function noDotDot(path: string, field: string, errors: FieldError[]): void {
  if (path.split('/').includes('..')) errors.push(invalid(field, path, "must not contain '..'"));
}

/** A path below its volume: relative, and without `..`. */
export function localPath(path: string, field: string, errors: FieldError[]): void {
  if (path.startsWith('/')) errors.push(invalid(field, path, 'must be a relative path'));
  noDotDot(path, field, errors);
}

/** A path below its volume whose name does not start with `..`, which atomic writers keep for themselves. */
export function localPathNotDotted(path: string, field: string, errors: FieldError[]): void {
  localPath(path, field, errors);
  if (path.startsWith('..') && !path.startsWith('../')) {
    errors.push(invalid(field, path, "must not start with '..'"));
  }
}
