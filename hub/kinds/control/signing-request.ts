/** The CertificateSigningRequest. Spec is the requester's, conditions the approver's, the certificate the signer's. */
import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../api/certificate.ts';
import { humanDuration } from '../../api/duration.ts';
import { duplicate, type FieldError, forbiddenField, invalid, invalidBytes, required } from '../../api/field-error.ts';
import { isPathSegment } from '../../api/names.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import { oneOf, sameValue } from '../field-checks.ts';
import type { PartStrategy, Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateSignerName } from './signer-name.ts';

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const shortest = 600;
const legacySigner = 'kubernetes.io/legacy-unknown';
const block = /^-----BEGIN CERTIFICATE REQUEST-----\n[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----/m;

function validate(request: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  const spec = request.spec ?? { request: '', signerName: '' };
  const text = Buffer.from(spec.request ?? '', 'base64').toString('latin1');
  if (!block.test(text)) {
    errors.push(invalidBytes('spec.request', spec.request, 'PEM block type must be CERTIFICATE REQUEST'));
  }
  if (!spec.usages?.length) errors.push(required('spec.usages'));
  spec.usages?.forEach((usage, index) => {
    oneOf(usage, usages, `spec.usages[${index}]`, errors);
  });
  spec.usages?.forEach((usage, index) => {
    if (spec.usages?.indexOf(usage) !== index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  });
  if (spec.signerName === legacySigner) {
    const why = 'the legacy signerName is not allowed via this API version';
    errors.push(invalid('spec.signerName', spec.signerName, why));
  } else validateSignerName(spec.signerName ?? '', 'spec.signerName', errors);
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < shortest) {
    const why = `may not specify a duration less than ${shortest} seconds (10 minutes)`;
    errors.push(invalid('spec.expirationSeconds', spec.expirationSeconds, why));
  }
  return errors;
}

/** API: what was asked for stays as it was asked. */
function validateUpdate(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return sameValue(request.spec, old.spec) ? [] : [invalid('spec', request.spec, 'field is immutable')];
}

const approvalTypes = ['Approved', 'Denied'];
const finalTypes = [...approvalTypes, 'Failed'];
const conditionsPath = 'status.conditions';

/** API: what was wrong before may stay so. */
function excused(before: readonly CertificateSigningRequestCondition[]): Record<'both' | 'twice' | 'empty', boolean> {
  const types = before.map(({ type }) => type);
  return {
    both: approvalTypes.every((type) => types.includes(type)),
    twice: new Set(types).size < types.length,
    empty: types.includes(''),
  };
}

/** One condition of each type, final ones true, and not both approved and denied. */
function validateConditions(
  conditions: readonly CertificateSigningRequestCondition[],
  before: readonly CertificateSigningRequestCondition[],
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  const excuse = excused(before);
  conditions.forEach(({ type, status }, index) => {
    const path = `${conditionsPath}[${index}]`;
    if (!type && !excuse.empty) errors.push(required(`${path}.type`));
    if (!status) errors.push(required(`${path}.status`));
    else oneOf(status, finalTypes.includes(type) ? ['True'] : ['False', 'True', 'Unknown'], `${path}.status`, errors);
    const other = approvalTypes.find((one) => one !== type) ?? '';
    if (approvalTypes.includes(type) && seen.has(other) && !excuse.both)
      errors.push(invalid(`${path}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
    if (seen.has(type) && !excuse.twice) errors.push(duplicate(`${path}.type`, type));
    seen.add(type);
  });
}

/** API: which changes of conditions each writer may make; what is final stays. */
function validateConditionChange(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  part: 'approval' | 'status',
): FieldError[] {
  const errors: FieldError[] = [];
  const [after, before] = [request.status?.conditions ?? [], old.status?.conditions ?? []];
  validateConditions(after, before, errors);
  if (part === 'status') validateCertificate(request, old, errors);
  const of = (list: readonly CertificateSigningRequestCondition[], type: string) =>
    list.filter((one) => one.type === type);
  const refuse = (change: string, type: string): void => {
    const why = `updates may not ${change} a condition of type ${JSON.stringify(type)}`;
    errors.push(forbiddenField(conditionsPath, why));
  };
  for (const type of finalTypes) if (of(after, type).length < of(before, type).length) refuse('remove', type);
  if (part === 'approval') return errors;
  for (const type of approvalTypes) {
    const [now, then] = [of(after, type), of(before, type)];
    if (now.length > then.length) refuse('add', type);
    else if (now.length === then.length && !sameValue(now, then)) refuse('modify', type);
  }
  const { certificate = '' } = old.status ?? {};
  if (certificate !== '' && certificate !== request.status?.certificate) {
    errors.push(forbiddenField('status.certificate', 'updates may not modify existing certificate content'));
  }
  return errors;
}

const pemBlock = /^-----BEGIN ([^-\n]+)-----\s*\n([^-]*)\n-----END \1-----\s*$/gm;

/** What is wrong with certificates in PEM, base64 around that. */
function certificateProblem(base64: string): string | undefined {
  if (base64 === '') return undefined;
  const blocks = [...Buffer.from(base64, 'base64').toString('latin1').matchAll(pemBlock)];
  for (const [text, label, body = ''] of blocks) {
    if (label !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(label)}`;
    if (body.includes(':')) return 'no PEM block headers are permitted';
    if (!isCertificate(text)) return 'x509: malformed certificate';
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

/** API: certificates are PEM; what was none before may stay so. */
function validateCertificate(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  errors: FieldError[],
): void {
  const [after, before] = [request.status?.certificate ?? '', old.status?.certificate ?? ''];
  if (after === before || certificateProblem(before) !== undefined) return;
  const problem = certificateProblem(after);
  if (problem !== undefined) errors.push(invalid('status.certificate', '<certificate data>', problem));
}

/** Approval writes conditions and nothing else. */
function prepareApproval(request: CertificateSigningRequest, old: CertificateSigningRequest): void {
  const conditions = request.status?.conditions;
  request.spec = old.spec;
  request.status = { ...old.status };
  if (conditions === undefined) delete request.status.conditions;
  else request.status.conditions = conditions;
}

/** The signer's writing leaves conditions of approval as they are, as long as none was added or taken away. */
function prepareStatus(request: CertificateSigningRequest, old: CertificateSigningRequest): void {
  request.spec = old.spec;
  const before = old.status?.conditions ?? [];
  request.status?.conditions?.forEach((condition, index, all) => {
    const { type } = condition;
    const stands = before.filter((one) => one.type === type);
    if (approvalTypes.includes(type) && stands.length === 1 && all.filter((one) => one.type === type).length === 1)
      all[index] = stands[0] as CertificateSigningRequestCondition;
  });
}

const approval: PartStrategy = {
  prepare: (request, old) => prepareApproval(request as CertificateSigningRequest, old as CertificateSigningRequest),
  validate: (request, old) =>
    validateConditionChange(request as CertificateSigningRequest, old as CertificateSigningRequest, 'approval'),
};

function statusCell(request: CertificateSigningRequest): string {
  const has = (type: string): boolean => request.status?.conditions?.some((one) => one.type === type) ?? false;
  const words = [has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'];
  if (has('Failed')) words.push('Failed');
  if (request.status?.certificate) words.push('Issued');
  return words.join(',');
}

function cells(request: CertificateSigningRequest, now: number): TableCell[] {
  const seconds = request.spec?.expirationSeconds;
  return [
    nameCell(request),
    ageCell(request, now),
    request.spec?.signerName || none,
    request.spec?.username ?? '',
    seconds === undefined ? none : humanDuration(seconds * 1000),
    statusCell(request),
  ];
}

/** The strategy of CertificateSigningRequests. */
export const signingRequestStrategy: Strategy = plainStrategy<CertificateSigningRequest>({
  hasStatus: true,
  newStatus: () => ({}),
  prepareUpdate: (request, old) => {
    request.spec = old.spec;
  },
  validateName: isPathSegment,
  validateCreate: validate,
  validateUpdate,
  prepareStatusUpdate: prepareStatus,
  validateStatusUpdate: (request, old) => validateConditionChange(request, old, 'status'),
  parts: new Map([['approval', approval]]),
  selectable: ['spec.signerName'],
  selectableFields: (request) => ({ 'spec.signerName': request.spec?.signerName ?? '' }),
  columns: columnsOf('certificateSigningRequest'),
  cells,
});
