/** What is wrong with projected volumes: many sources, one folder. */
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { LabelSelector } from '../../api/object.ts';
import type { ProjectedVolumeSource, VolumeProjection } from '../../api/pod.ts';
import { validateSignerName } from '../control/signer-name.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { localPathNotDotted } from '../storage/paths.ts';
import { fileMode, validateDownwardFile, validateItem } from './validate-file.ts';

const shortest = 600;
const longest = 2 ** 32;
const clash = 'conflicting duplicate paths';

/** core.v1.ClusterTrustBundleProjection. */
interface TrustProjection {
  readonly name?: string;
  readonly signerName?: string;
  readonly labelSelector?: LabelSelector;
  readonly path?: string;
}

/** API: a name with a colon is a signer's, with a colon for its slash, and what is behind it. */
function bundleNameErrors(name: string): string[] {
  const parts = name.split(':');
  return parts.length < 3 && name.includes(':')
    ? ['ClusterTrustBundle without signer name must not have ":" in its name']
    : isDns1123Subdomain(parts.length < 3 ? name : parts.slice(2).join(':'));
}

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
  errors: FieldError[],
): void {
  const seconds = token.expirationSeconds ?? 3600;
  const field = `${at}.serviceAccountToken.expirationSeconds`;
  if (seconds < shortest) errors.push(invalid(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > longest) errors.push(invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (!token.path) errors.push(required(`${path}.path`));
  else localPathNotDotted(token.path, `${path}.path`, errors);
}

const kinds = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle'] as const;

/** Certificates of authorities: those of one bundle, or of all bundles of a signer. */
function validateTrust(
  source: NonNullable<VolumeProjection['clusterTrustBundle']>,
  at: string,
  path: string,
  taken: Taken,
  errors: FieldError[],
): void {
  const { name, signerName, labelSelector, path: file = '' } = source as TrustProjection;
  if (name !== undefined && signerName !== undefined) {
    errors.push(invalid(at, source, 'only one of name and signerName may be used'));
  } else if (name !== undefined) {
    if (name === '') errors.push(required(`${at}.name`, 'must be a valid object name'));
    for (const problem of bundleNameErrors(name)) {
      errors.push(invalid(`${at}.name`, name, `not a valid clustertrustbundlename: ${problem}`));
    }
    const why = 'labelSelector must be unset if name is specified';
    if (labelSelector !== undefined) errors.push(invalid(`${at}.labelSelector`, labelSelector, why));
  } else if (signerName !== undefined) {
    if (signerName === '') errors.push(required(`${at}.signerName`, 'must be a valid signer name'));
    validateSignerName(signerName, `${at}.signerName`, errors);
    validateLabelSelector(labelSelector, `${at}.labelSelector`, errors);
  } else errors.push(required(at, 'either name or signerName must be specified'));
  if (file === '') errors.push(required(`${at}.path`));
  localPathNotDotted(file, `${at}.path`, errors);
  if (taken.has(file)) errors.push(invalid(path, file, clash));
  taken.add(file);
}

function validateProjection(
  source: VolumeProjection,
  at: string,
  path: string,
  taken: Taken,
  errors: FieldError[],
): void {
  for (const field of ['secret', 'configMap'] as const) {
    const part = source[field];
    if (part === undefined) continue;
    if (!part.name) errors.push(required(`${at}.${field}.name`));
    part.items?.forEach((item, index) => {
      validateItem(item, `${at}.${field}.items[${index}]`, errors);
      take(item.path ?? '', part.name ?? '', path, taken, errors);
    });
  }
  if (source.downwardAPI !== undefined) {
    for (const file of source.downwardAPI.items ?? []) {
      validateDownwardFile(file, `${at}.downwardAPI`, errors);
      take(file.path ?? '', file.path ?? '', path, taken, errors);
    }
  }
  if (source.serviceAccountToken !== undefined) validateToken(source.serviceAccountToken, at, path, errors);
  if (source.clusterTrustBundle !== undefined) {
    validateTrust(source.clusterTrustBundle, `${at}.clusterTrustBundlePEM`, path, taken, errors);
  }
  if (kinds.filter((kind) => source[kind] !== undefined).length > 1) {
    errors.push(forbiddenField(at, 'may not specify more than 1 volume type'));
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
