/** A certificate that this container signs for itself when it starts to serve. */
import { generateKeyPairSync } from 'node:crypto';
import { hostname } from 'node:os';
import { issueCertificate } from '../../../../hub/base/x509/certificate.ts';

const day = 86_400_000;

/** Key and certificate in PEM, for the container's host name. */
export function ownCertificate(): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = { commonName: hostname(), organizations: [] };
  const cert = issueCertificate({
    subject,
    publicKey,
    purpose: 'server',
    notBefore: Date.now() - day,
    notAfter: Date.now() + day,
    hosts: [hostname(), 'localhost'],
    issuer: { name: subject, key: privateKey },
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}
