/** What is wrong with a VolumeAttachment. */
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { VolumeAttachment } from '../../api/storage.ts';
import { named, sameValue } from '../field-checks.ts';
import { driverName } from './validate-csi.ts';
import { validateVolumeSpec } from './validate-volume.ts';

const metadataLimit = 256 * 1024;
const messageLimit = 1024;
const which = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

function validateSource(source: VolumeAttachment['spec']['source'], errors: FieldError[]): void {
  const { inlineVolumeSpec, persistentVolumeName } = source ?? {};
  const path = 'spec.source';
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) errors.push(required(path, which));
  else if (inlineVolumeSpec === undefined) {
    if (persistentVolumeName !== '') return;
    errors.push(required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName'));
  } else if (persistentVolumeName !== undefined) errors.push(forbiddenField(path, which));
  else validateVolumeSpec(inlineVolumeSpec, `${path}.inlineVolumeSpec`, { name: '', inline: true }, errors);
}

function validateStatus(status: VolumeAttachment['status'], errors: FieldError[]): void {
  let size = 0;
  for (const [key, value] of Object.entries(status?.attachmentMetadata ?? {})) {
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > metadataLimit) errors.push(tooLong('status.attachmentMetadata', metadataLimit));
  for (const field of ['attachError', 'detachError'] as const) {
    const { message = '', errorCode = 0 } = status?.[field] ?? {};
    // API: the limit that is told is the one of the metadata
    if (Buffer.byteLength(message) > messageLimit) errors.push(tooLong(`status.${field}.message`, metadataLimit));
    if (errorCode >= 0) continue;
    errors.push(invalid(`status.${field}.errorCode`, errorCode, 'must be between 0 and 2147483647, inclusive'));
  }
}

function validate({ spec, status }: VolumeAttachment): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.attacher) errors.push(required('spec.attacher'));
  validateSource(spec.source, errors);
  named(isDns1123Subdomain, spec.nodeName ?? '', 'spec.nodeName', errors);
  validateStatus(status, errors);
  return errors;
}

/** What is wrong with a new VolumeAttachment. API: its attacher is looked at twice. */
export function validateAttachment(attachment: VolumeAttachment): FieldError[] {
  const errors = validate(attachment);
  const { attacher, source } = attachment.spec;
  driverName(attacher, 'spec.attacher', errors);
  const volume = source?.persistentVolumeName;
  if (volume !== undefined) named(isDns1123Subdomain, volume, 'spec.source.persistentVolumeName', errors);
  return errors;
}

/** What is wrong with a changed VolumeAttachment, told twice: its spec stays. */
export function validateAttachmentUpdate(attachment: VolumeAttachment, old: VolumeAttachment): FieldError[] {
  const errors = [...validate(attachment), ...validate(attachment)];
  if (!sameValue(attachment.spec, old.spec)) errors.push(invalid('spec', attachment.spec, 'field is immutable'));
  return errors;
}
