/** Reads the client certificate off a TLS connection. */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { publicKeyHash } from '../base/x509/certificate.ts';
import type { Credentials } from './auth.ts';

const listed = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/**
 * The certificate of the other side, or undefined when it showed none. Servers ask with `requestCert: true` and
 * `rejectUnauthorized: false`. Answers 'refused' for one that does not chain to the client CA or is not within its dates.
 * Once a connection; keep the answer.
 */
export function peerCertificate(socket: TLSSocket): Credentials['certificate'] | undefined | 'refused' {
  const peer: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(false);
  if (peer.raw === undefined) return undefined;
  if (!socket.authorized) return 'refused';
  return {
    commonName: listed(peer.subject?.CN)[0] ?? '',
    organizations: listed(peer.subject?.O),
    serial: peer.serialNumber ?? '',
    keyHash: publicKeyHash(new X509Certificate(peer.raw).publicKey),
  };
}
