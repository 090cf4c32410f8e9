/** The hub's CA: signs certificates for names, and knows its own. */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { type CertificatePurpose, isDueForRenewal, issueCertificate } from '../base/x509/certificate.ts';
import type { DistinguishedName } from '../base/x509/name.ts';
import type { SigningRequest } from '../base/x509/signing-request.ts';
import { keyIn, pairIn } from './key-pair.ts';

const day = 24 * 3600_000;
/** Certificates begin a little in the past, for clocks that run behind. */
const skew = 3600_000;
/** API: so much for certificates that were asked for, which may live for ten minutes only. */
const backdating = 5 * 60_000;
/** Boards without a battery start in 1970; what is issued then must still outlive the moment the clock is set. */
export const earliestEnd = Date.UTC(2036, 0, 1);
const caName: DistinguishedName = { commonName: 'coracle-ca', organizations: [] };

/** A certificate for the key, subject and names of `request`, good for `seconds`, but not longer than the CA. */
export interface SigningOrder {
  readonly request: SigningRequest;
  readonly purpose: 'client' | 'server';
  readonly keyEncipherment: boolean;
  readonly seconds: number;
}

/** What is to be certified; `days` is how long. */
export interface CertificateOrder {
  readonly subject: DistinguishedName;
  readonly publicKey: KeyObject;
  readonly purpose: CertificatePurpose;
  readonly days: number;
  readonly hosts?: readonly string[];
}

/** The CA. */
export interface Authority {
  /** PEM. */
  readonly pem: string;
  readonly publicKey: KeyObject;
  /** How long it lasts, in days. */
  daysLeft(): number;
  sign(order: CertificateOrder): string;
  signRequest(order: SigningOrder): string;
  /** True for a certificate of this CA that need not be renewed yet, and covers all of `hosts`. */
  isFresh(certificate: X509Certificate, hosts?: readonly string[]): boolean;
}

/** Opens the CA in `dir`, making it for `days` when it is not there yet. Throws an Error that names the file that is wrong. */
export async function openAuthority({
  dir,
  clock,
  days,
}: {
  dir: string;
  clock: Clock;
  days: number;
}): Promise<Authority> {
  const key = await keyIn(join(dir, 'ca.key'));
  const sign = ({ subject, publicKey, purpose, days: lasting, hosts = [] }: CertificateOrder): string => {
    const end = clock.now() + lasting * day;
    return issueCertificate({
      ...{ subject, publicKey, purpose, hosts: [...hosts] },
      notBefore: clock.now() - skew,
      notAfter: purpose === 'authority' ? Math.max(end, earliestEnd) : end,
      issuer: { name: caName, key },
    });
  };
  const { certificate: pem } = await pairIn(dir, 'ca', {
    stillGood: () => true,
    issue: (own) => sign({ subject: caName, publicKey: createPublicKey(own), purpose: 'authority', days }),
  });
  const certificate = new X509Certificate(pem);
  const end = certificate.validToDate.getTime();
  return {
    pem,
    publicKey: certificate.publicKey,
    daysLeft: () => (end - clock.now()) / day,
    sign,
    signRequest: ({ request, purpose, keyEncipherment, seconds }) =>
      issueCertificate({
        subject: request.subject,
        publicKey: request.publicKey,
        alternativeNames: request.alternativeNames,
        purpose,
        keyEncipherment,
        notBefore: clock.now() - backdating,
        notAfter: Math.min(clock.now() + seconds * 1000, end),
        issuer: { name: caName, key },
      }),
    isFresh: (other, hosts = []) =>
      other.verify(certificate.publicKey) &&
      !isDueForRenewal(other, clock.now()) &&
      hosts.every((host) => covers(other, host)),
  };
}

function covers(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}
