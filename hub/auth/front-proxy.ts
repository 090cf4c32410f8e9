/** The front proxy: a CA of its own, and the client certificate by which other API servers know the hub. */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { isDueForRenewal, issueCertificate, renewalTime } from '../base/x509/certificate.ts';
import { type CertifiedKey, keyIn, pairIn } from './key-pair.ts';
import { earliestEnd } from './authority.ts';

/** The common name other servers expect of the hub. */
export const frontProxyName = 'front-proxy-client';

const day = 24 * 3600_000;
/** Certificates begin a little in the past, for clocks that run behind. */
const skew = 3600_000;
const caDays = 3650;
const clientDays = 365;
const name = { commonName: 'coracle-front-proxy-ca', organizations: [] };

/** What other servers need to know the hub by, and the hub to be known. */
export interface FrontProxy {
  /** PEM of the CA. Nothing else is signed by it: whoever shows a certificate of it is believed to say who asks. */
  readonly ca: string;
  /** The newest pair. */
  client(): CertifiedKey;
  /** Ends the renewal timer. */
  stop(): void;
}

/** Opens `front-proxy-*` in the pki directory, making what is not there yet. Throws an Error that names the file that is wrong. */
export async function openFrontProxy(options: { dir: string; clock: Clock; log: Log }): Promise<FrontProxy> {
  const { dir, clock, log } = options;
  const caKey = await keyIn(join(dir, 'front-proxy-ca.key'));
  const sign = (common: string, key: KeyObject, purpose: 'authority' | 'client', days: number): string =>
    issueCertificate({
      subject: { commonName: common, organizations: [] },
      publicKey: createPublicKey(key),
      purpose,
      hosts: [],
      notBefore: clock.now() - skew,
      notAfter: purpose === 'authority' ? Math.max(clock.now() + days * day, earliestEnd) : clock.now() + days * day,
      issuer: { name, key: caKey },
    });
  const ca = await pairIn(dir, 'front-proxy-ca', {
    stillGood: () => true,
    issue: (key) => sign(name.commonName, key, 'authority', caDays),
  });
  const { publicKey } = new X509Certificate(ca.certificate);
  const open = (): Promise<CertifiedKey> =>
    pairIn(dir, frontProxyName, {
      stillGood: (certificate) => certificate.verify(publicKey) && !isDueForRenewal(certificate, clock.now()),
      issue: (key) => sign(frontProxyName, key, 'client', clientDays),
    });
  let client = await open();
  let cancel = (): void => {};
  const schedule = (): void => {
    const due = renewalTime(new X509Certificate(client.certificate)) - clock.now();
    cancel = clock.after(Math.min(Math.max(due, 1000), 10 * day), () => void refresh());
  };
  const refresh = async (): Promise<void> => {
    try {
      client = await open();
    } catch (error) {
      log.error({ error: String(error) }, 'could not remake the certificate of the front proxy');
    }
    schedule();
  };
  schedule();
  return { ca: ca.certificate, client: () => client, stop: () => cancel() };
}
