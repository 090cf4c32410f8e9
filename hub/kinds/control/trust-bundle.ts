/** The ClusterTrustBundle: certificates of authorities that Pods can mount. */
import { X509Certificate } from 'node:crypto';
import { type FieldError, invalid, tooLong } from '../../api/field-error.ts';
import { isDns1123Subdomain, isPathSegment } from '../../api/names.ts';
import type { KubeObject } from '../../api/object.ts';
import { columnsOf, nameCell } from '../columns.ts';
import { immutable } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateSignerName } from './signer-name.ts';

interface TrustBundle extends KubeObject {
  spec?: { signerName?: string; trustBundle?: string };
}

const longest = 1024 * 1024;
const hidden = '<value omitted>';
const bundlePath = 'spec.trustBundle';
const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g;
const header = /^[^\s:]+: /m;

/** API: the name of a bundle begins with its signer's, with a colon for the slash. */
function validateName(name: string, signer: string, errors: FieldError[]): void {
  const prefix = signer === '' ? '' : `${signer.replaceAll('/', ':')}:`;
  const path = 'metadata.name';
  if (signer === '' && name.includes(':')) {
    errors.push(invalid(path, name, 'ClusterTrustBundle without signer name must not have ":" in its name'));
  } else if (!name.startsWith(prefix)) {
    const why = `ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`;
    errors.push(invalid(path, name, why));
  } else {
    for (const problem of isDns1123Subdomain(name.slice(prefix.length))) errors.push(invalid(path, name, problem));
  }
}

/** Why an entry is no certificate of an authority; undefined when it is one. */
function entryFault(type: string, body: string): string | undefined {
  if (type !== 'CERTIFICATE') return `has bad block type: ${type}`;
  if (header.test(body)) return 'has PEM block headers';
  try {
    const { ca } = new X509Certificate(Buffer.from(body, 'base64'));
    return ca ? undefined : 'does not have the CA bit set';
  } catch {
    return 'does not parse as X.509';
  }
}

function validateEntries(text: string, errors: FieldError[]): void {
  if (Buffer.byteLength(text) > longest) {
    errors.push(tooLong(bundlePath, longest));
    return;
  }
  const before = errors.length;
  const places = new Map<string, number[]>();
  [...text.matchAll(block)].forEach(([, type = '', body = ''], index) => {
    const fault = entryFault(type, body);
    if (fault !== undefined) errors.push(invalid(bundlePath, hidden, `entry ${index} ${fault}`));
    const bytes = body.replace(/\s/g, '');
    places.set(bytes, [...(places.get(bytes) ?? []), index]);
  });
  if (errors.length > before) return;
  if (places.size === 0) errors.push(invalid(bundlePath, hidden, 'at least one trust anchor must be provided'));
  for (const indices of places.values()) {
    if (indices.length < 2) continue;
    errors.push(invalid(bundlePath, hidden, `duplicate trust anchor (indices [${indices.join(' ')}])`));
  }
}

function validate(bundle: TrustBundle, old?: TrustBundle): FieldError[] {
  const errors: FieldError[] = [];
  const { signerName = '', trustBundle = '' } = bundle.spec ?? {};
  validateName(bundle.metadata.name ?? '', signerName, errors);
  if (signerName !== '') validateSignerName(signerName, 'spec.signerName', errors);
  // API: entries that were taken once are not looked at again
  if (old === undefined || trustBundle !== (old.spec?.trustBundle ?? '')) validateEntries(trustBundle, errors);
  if (old !== undefined) immutable(signerName, old.spec?.signerName ?? '', 'spec.signerName', errors);
  return errors;
}

/** The strategy of ClusterTrustBundles. */
export const trustBundleStrategy: Strategy = plainStrategy<TrustBundle>({
  unconditionalUpdate: false,
  validateName: isPathSegment,
  validateCreate: (bundle) => validate(bundle),
  validateUpdate: validate,
  selectable: ['spec.signerName'],
  selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
  columns: columnsOf('clusterTrustBundle'),
  cells: (bundle) => [nameCell(bundle), bundle.spec?.signerName ?? ''],
});
