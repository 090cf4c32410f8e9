/** The hub's certificates and keys: a CA made at the first start, and what it signs for server, admin and nodes. */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { mastersGroup, nodesGroup, nodeUserName } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import {
  type CertificatePurpose,
  isDueForRenewal,
  issueCertificate,
  publicKeyHash,
  renewalTime,
} from '../base/x509/certificate.ts';
import type { DistinguishedName } from '../base/x509/name.ts';
import type { SigningRequest } from '../base/x509/signing-request.ts';
import { type CertifiedKey, keyIn, pairIn } from './key-pair.ts';
import { type KubeconfigOptions, kubeconfig } from './kubeconfig.ts';
import { checkNodeRequest } from './node-certificate.ts';

const day = 24 * 3600_000;
/** Certificates begin a little in the past, for clocks that run behind. */
const skew = 3600_000;
/** API: so much for certificates that were asked for, which may live for ten minutes only. */
const backdating = 5 * 60_000;
/** Boards without a battery start in 1970; what is issued then must still outlive the moment the clock is set. */
export const earliestEnd = Date.UTC(2036, 0, 1);
const caName: DistinguishedName = { commonName: 'coracle-ca', organizations: [] };

/** Lifetimes in days. */
export interface PkiLifetimes {
  readonly ca: number;
  readonly server: number;
  readonly admin: number;
  readonly node: number;
}

const usualLifetimes: PkiLifetimes = { ca: 3650, server: 365, admin: 3650, node: 90 };

/** `hosts`: names and addresses the server is reached at, besides localhost and the names of the `kubernetes` Service. */
export interface PkiOptions {
  readonly dir: string;
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly clusterDomain?: string;
  readonly lifetimes?: Partial<PkiLifetimes>;
}

/** What a TLS server needs: the chain holds the CA too, so that a joining node can find the key it pinned. */
export interface ServerMaterial {
  readonly key: string;
  readonly certificate: string;
  readonly ca: string;
}

/** A certificate for a node's agent, and the hash of the key it certifies. */
export interface NodeCertificate {
  readonly certificate: string;
  readonly keyHash: string;
}

/** A certificate for the key, subject and names of `request`, good for `seconds`, but not longer than the CA. */
export interface SigningOrder {
  readonly request: SigningRequest;
  readonly purpose: 'client' | 'server';
  readonly keyEncipherment: boolean;
  readonly seconds: number;
}

/** The hub's certificates and keys. */
export interface Pki {
  /** PEM of the CA. */
  readonly ca: string;
  /** SHA-256 of the CA key's SubjectPublicKeyInfo in lower-case hex: CAHASH of the join line. */
  readonly caHash: string;
  /** Signs ServiceAccount tokens (EC P-256). */
  readonly serviceAccountKey: KeyObject;
  readonly admin: CertifiedKey;
  /** Newest server material; ask at listen time and on every change. */
  server(): ServerMaterial;
  /** Told after the server certificate was remade, so that listeners call `setSecureContext`. */
  onServerChange(listener: () => void): () => void;
  /** Remakes the server certificate when it does not cover `hosts`. */
  setHosts(hosts: readonly string[]): Promise<void>;
  /** Signs a node's request (checked: see checkNodeRequest); throws ApiError Forbidden. */
  signNode(csr: string, node: string): NodeCertificate;
  /**
   * Server material, kept in the pki directory, for a broker that is not the hub's own. It is good as long as the CA,
   * because somebody has to carry it there.
   */
  broker(hosts: readonly string[]): Promise<ServerMaterial>;
  /** Signs what somebody asked for with a request; the caller has decided that they may have it. */
  signRequest(order: SigningOrder): string;
  /** A client certificate for anybody, made with a key of its own by the caller. */
  signClient(subject: DistinguishedName, publicKey: KeyObject): string;
  /** The administrator's kubeconfig. */
  kubeconfig(options: Pick<KubeconfigOptions, 'server' | 'name'>): string;
  /** Ends the renewal timer. */
  stop(): void;
}

/** Every host once; IPv6 zones go, IPv4 in IPv6 becomes IPv4. */
function allHosts(hosts: readonly string[], clusterDomain: string): string[] {
  const plain = hosts.map((host) => host.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, ''));
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  return [...new Set([...service, 'localhost', '127.0.0.1', '::1', ...plain])].filter((host) => host !== '');
}

function covers(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}

/** Opens the pki directory, making what is not there yet. Throws an Error that names the file that is wrong. */
export async function openPki(options: PkiOptions): Promise<Pki> {
  const { dir, clock, log } = options;
  const lifetimes = { ...usualLifetimes, ...options.lifetimes };
  const clusterDomain = options.clusterDomain ?? 'cluster.local';
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);

  const caKey = await keyIn(join(dir, 'ca.key'));
  const sign = (
    subject: DistinguishedName,
    publicKey: KeyObject,
    purpose: CertificatePurpose,
    days: number,
    hosts = [] as string[],
  ): string =>
    issueCertificate({
      subject,
      publicKey,
      purpose,
      hosts,
      notBefore: clock.now() - skew,
      notAfter: purpose === 'authority' ? Math.max(clock.now() + days * day, earliestEnd) : clock.now() + days * day,
      issuer: { name: caName, key: caKey },
    });
  const ca = await pairIn(dir, 'ca', {
    stillGood: () => true,
    issue: (key) => sign(caName, createPublicKey(key), 'authority', lifetimes.ca),
  });
  const caCertificate = new X509Certificate(ca.certificate);
  const fresh = (certificate: X509Certificate): boolean =>
    certificate.verify(caCertificate.publicKey) && !isDueForRenewal(certificate, clock.now());

  let hosts = allHosts(options.hosts, clusterDomain);
  const openServer = (): Promise<CertifiedKey> =>
    pairIn(dir, 'server', {
      stillGood: (certificate) => fresh(certificate) && hosts.every((host) => covers(certificate, host)),
      issue: (key) => {
        log.info({ hosts }, 'made the server certificate');
        const subject = { commonName: 'coracle-hub', organizations: [] };
        return sign(subject, createPublicKey(key), 'server', lifetimes.server, hosts);
      },
    });
  const [firstServer, admin, serviceAccountKey] = await Promise.all([
    openServer(),
    pairIn(dir, 'admin', {
      stillGood: fresh,
      issue: (key) =>
        sign(
          { commonName: 'coracle-admin', organizations: [mastersGroup] },
          createPublicKey(key),
          'client',
          lifetimes.admin,
        ),
    }),
    keyIn(join(dir, 'service-account.key')),
  ]);

  let server = firstServer;
  const listeners = new Set<() => void>();
  let cancel = (): void => {};
  const schedule = (): void => {
    cancel();
    const due = renewalTime(new X509Certificate(server.certificate)) - clock.now();
    cancel = clock.after(Math.min(Math.max(due, 1000), 10 * day), () => void refresh());
  };
  const refresh = async (): Promise<void> => {
    try {
      const next = await openServer();
      const changed = next.certificate !== server.certificate;
      server = next;
      if (changed) for (const listener of listeners) listener();
    } catch (error) {
      log.error({ error: String(error) }, 'could not remake the server certificate');
    }
    schedule();
  };
  schedule();

  return {
    ca: ca.certificate,
    caHash: publicKeyHash(caCertificate.publicKey),
    serviceAccountKey,
    admin,
    server: () => ({ key: server.key, certificate: server.certificate + ca.certificate, ca: ca.certificate }),
    onServerChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async setHosts(next) {
      hosts = allHosts(next, clusterDomain);
      await refresh();
    },
    signNode(csr, node) {
      const publicKey = checkNodeRequest(csr, node);
      const subject = { commonName: nodeUserName(node), organizations: [nodesGroup] };
      return { certificate: sign(subject, publicKey, 'client', lifetimes.node), keyHash: publicKeyHash(publicKey) };
    },
    async broker(names) {
      const covered = allHosts(names, clusterDomain);
      const left = (caCertificate.validToDate.getTime() - clock.now()) / day;
      const pair = await pairIn(dir, 'broker', {
        stillGood: (certificate) => fresh(certificate) && covered.every((host) => covers(certificate, host)),
        issue: (key) =>
          sign({ commonName: 'coracle-broker', organizations: [] }, createPublicKey(key), 'server', left, covered),
      });
      return { key: pair.key, certificate: pair.certificate + ca.certificate, ca: ca.certificate };
    },
    signRequest: ({ request, purpose, keyEncipherment, seconds }) =>
      issueCertificate({
        subject: request.subject,
        publicKey: request.publicKey,
        alternativeNames: request.alternativeNames,
        purpose,
        keyEncipherment,
        notBefore: clock.now() - backdating,
        notAfter: Math.min(clock.now() + seconds * 1000, caCertificate.validToDate.getTime()),
        issuer: { name: caName, key: caKey },
      }),
    signClient: (subject, publicKey) => sign(subject, publicKey, 'client', lifetimes.admin),
    kubeconfig: (names) => kubeconfig({ ...names, ca: ca.certificate, cert: admin.certificate, key: admin.key }),
    stop: () => cancel(),
  };
}
