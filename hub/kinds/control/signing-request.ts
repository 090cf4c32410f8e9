/** The CertificateSigningRequest. Spec is the requester's, conditions the approver's, the certificate the signer's. */
import type { CertificateSigningRequest } from '../../api/certificate.ts';
import { humanDuration } from '../../api/duration.ts';
import { duplicate, type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import { oneOf, sameValue } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

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
const block = /^-----BEGIN CERTIFICATE REQUEST-----\n[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----/m;

function validateSigner(name: string, errors: FieldError[]): void {
  const path = 'spec.signerName';
  if (name === '') {
    errors.push(required(path));
    return;
  }
  const [domain = '', rest, ...more] = name.split('/');
  if (rest === undefined || more.length > 0) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.push(invalid(path, name, why));
    return;
  }
  for (const problem of isDns1123Subdomain(domain))
    errors.push(invalid(path, domain, `validating label ${JSON.stringify(domain)}: ${problem}`));
  if (rest === '') errors.push(invalid(path, rest, 'validating label "": must not be empty'));
}

function validate(request: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  const spec = request.spec ?? { request: '', signerName: '' };
  const text = Buffer.from(spec.request ?? '', 'base64').toString('latin1');
  if (!block.test(text)) {
    errors.push(invalid('spec.request', spec.request ?? '', 'PEM block type must be CERTIFICATE REQUEST'));
  }
  if (!spec.usages?.length) errors.push(required('spec.usages'));
  spec.usages?.forEach((usage, index) => {
    oneOf(usage, usages, `spec.usages[${index}]`, errors);
    if (spec.usages?.indexOf(usage) !== index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  });
  validateSigner(spec.signerName ?? '', errors);
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
  validateCreate: validate,
  validateUpdate,
  selectable: ['spec.signerName'],
  selectableFields: (request) => ({ 'spec.signerName': request.spec?.signerName ?? '' }),
  columns: columnsOf('certificateSigningRequest'),
  cells,
});
