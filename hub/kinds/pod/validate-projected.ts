/** What is wrong with projected volumes: many sources, one folder. */
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type { ProjectedVolumeSource, VolumeProjection } from '../../api/pod.ts';
import { localPathNotDotted } from '../storage/paths.ts';
import { fileMode, validateDownwardFile, validateItem } from './validate-file.ts';

const shortest = 600;
const longest = 2 ** 32;
const clash = 'conflicting duplicate paths';

/** Paths that earlier sources took. */
type Taken = Set<string>;

function take(path: string, shown: string, field: string, taken: Taken, errors: FieldError[]): void {
  if (path === '') return;
  if (taken.has(path)) errors.push(invalid(field, shown, clash));
  else taken.add(path);
}

function validateToken(
  token: NonNullable<VolumeProjection['serviceAccountToken']>,
  at: string,
  path: string,
  taken: Taken,
  errors: FieldError[],
): void {
  const seconds = token.expirationSeconds ?? 3600;
  const field = `${at}.serviceAccountToken.expirationSeconds`;
  if (seconds < shortest) errors.push(invalid(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > longest) errors.push(invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (!token.path) errors.push(required(`${path}.path`));
  else localPathNotDotted(token.path, `${path}.path`, errors);
  take(token.path ?? '', token.path ?? '', path, taken, errors);
}

function validateProjection(
  source: VolumeProjection,
  at: string,
  path: string,
  taken: Taken,
  errors: FieldError[],
): void {
  let count = 0;
  const first = (field: string): boolean => {
    if (count++ === 0) return true;
    errors.push(forbiddenField(`${at}.${field}`, 'may not specify more than 1 volume type per source'));
    return false;
  };
  for (const field of ['secret', 'configMap'] as const) {
    const part = source[field];
    if (part === undefined || !first(field)) continue;
    if (!part.name) errors.push(required(`${at}.${field}.name`));
    part.items?.forEach((item, index) => {
      validateItem(item, `${at}.${field}.items[${index}]`, errors);
      take(item.path ?? '', part.name ?? '', path, taken, errors);
    });
  }
  if (source.downwardAPI !== undefined && first('downwardAPI')) {
    for (const file of source.downwardAPI.items ?? []) {
      validateDownwardFile(file, `${at}.downwardAPI`, errors);
      take(file.path ?? '', file.path ?? '', path, taken, errors);
    }
  }
  if (source.serviceAccountToken !== undefined && first('serviceAccountToken')) {
    validateToken(source.serviceAccountToken, at, path, taken, errors);
  }
}

/** A projected volume at `path`. */
export function validateProjected(volume: ProjectedVolumeSource, path: string, errors: FieldError[]): void {
  fileMode(volume.defaultMode, `${path}.defaultMode`, errors);
  const taken: Taken = new Set();
  volume.sources?.forEach((source, index) => {
    validateProjection(source, `${path}.sources[${index}]`, path, taken, errors);
  });
}
