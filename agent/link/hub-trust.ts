/** Is this the hub? The pinned CA key decides, not names and not public authorities. */
import type { X509Certificate } from 'node:crypto';
import { extendedUsage, publicKeyHash } from '../../hub/base/x509/certificate.ts';

/** What is trusted: the SHA-256 (lower-case hex) of the CA key's SubjectPublicKeyInfo. `now` is Unix milliseconds. */
export interface Pin {
  readonly caHash: string;
  readonly now: number;
}

/**
 * Why the chain a server showed (its own certificate first) is not the hub's; undefined when it is.
 *
 * The server's certificate must be signed by the pinned key and be one for servers: nodes hold certificates of the same
 * CA, and none of them may pose as the hub. A certificate that is not valid *yet* is accepted, because boards without a
 * battery-backed clock wake up in the past and the CA never dates anything ahead; one that is over is refused.
 */
export function distrust(chain: readonly X509Certificate[], pin: Pin): string | undefined {
  const [server] = chain;
  if (server === undefined) return 'it showed no certificate';
  const ca = chain.find((certificate) => certificate.ca && publicKeyHash(certificate.publicKey) === pin.caHash);
  if (ca === undefined) return 'its CA is not the one of the join line';
  if (server.ca || !server.verify(ca.publicKey) || !server.checkIssued(ca)) return 'its certificate is not of its CA';
  if (server.keyUsage?.includes(extendedUsage.server) !== true) return 'its certificate is not one of a hub';
  if (server.validToDate.getTime() < pin.now || ca.validToDate.getTime() < pin.now) {
    return 'its certificate has expired (or the clock of this device is wrong)';
  }
  return undefined;
}
