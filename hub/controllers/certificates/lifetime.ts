/** How long CertificateSigningRequests are kept. Pure. API: "certificate signing process", garbage collection. */
import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../api/certificate.ts';

const hour = 3_600_000;
const decidedFor = hour;
const pendingFor = 24 * hour;

function endOf(certificate: string): number {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64')).validToDate.getTime();
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** When a request may go, in Unix milliseconds; infinity for one that was approved and is not signed. */
export function requestExpiry({ metadata, status }: CertificateSigningRequest): number {
  const { conditions = [], certificate } = status ?? {};
  const made = Date.parse(metadata.creationTimestamp ?? '');
  if (conditions.length === 0) return made + pendingFor;
  const decided = (type: string): number | undefined => {
    const found = conditions.find((one) => one.type === type);
    return found === undefined ? undefined : (Date.parse(found.lastUpdateTime ?? '') || made) + decidedFor;
  };
  const ends = [decided('Denied'), decided('Failed')];
  if (certificate) ends.push(decided('Approved'), endOf(certificate));
  return Math.min(Number.POSITIVE_INFINITY, ...ends.filter((one) => one !== undefined));
}
