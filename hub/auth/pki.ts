/** The hub's certificates and keys: a CA made at the first start, and what it signs for server, admin and nodes. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mastersGroup, nodesGroup, nodeUserName } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { publicKeyHash } from '../base/x509/certificate.ts';
import type { DistinguishedName } from '../base/x509/name.ts';
import { type Authority, openAuthority, type SigningOrder } from './authority.ts';
import { type CertifiedKey, keyIn, pairIn } from './key-pair.ts';
import { type KubeconfigOptions, kubeconfig } from './kubeconfig.ts';
import { checkNodeRequest } from './node-certificate.ts';
import { ServerCertificate } from './server-certificate.ts';

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

/** Opens the pki directory, making what is not there yet. Throws an Error that names the file that is wrong. */
export async function openPki(options: PkiOptions): Promise<Pki> {
  const { dir, clock, log } = options;
  const lifetimes = { ...usualLifetimes, ...options.lifetimes };
  const clusterDomain = options.clusterDomain ?? 'cluster.local';
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const authority = await openAuthority({ dir, clock, days: lifetimes.ca });
  const hosts = allHosts(options.hosts, clusterDomain);
  const [server, admin, serviceAccountKey] = await Promise.all([
    ServerCertificate.open({ dir, authority, hosts, days: lifetimes.server, clock, log }),
    adminPair(dir, authority, lifetimes.admin),
    keyIn(join(dir, 'service-account.key')),
  ]);
  const ca = authority.pem;
  const material = ({ key, certificate }: CertifiedKey): ServerMaterial => ({ key, certificate: certificate + ca, ca });
  return {
    ca,
    caHash: publicKeyHash(authority.publicKey),
    serviceAccountKey,
    admin,
    server: () => material(server.current),
    onServerChange: (listener) => server.onChange(listener),
    setHosts: (next) => server.setHosts(allHosts(next, clusterDomain)),
    signNode(csr, node) {
      const publicKey = checkNodeRequest(csr, node);
      const subject = { commonName: nodeUserName(node), organizations: [nodesGroup] };
      const certificate = authority.sign({ subject, publicKey, purpose: 'client', days: lifetimes.node });
      return { certificate, keyHash: publicKeyHash(publicKey) };
    },
    broker: async (names) => material(await brokerPair(dir, authority, allHosts(names, clusterDomain))),
    signRequest: (order) => authority.signRequest(order),
    signClient: (subject, publicKey) =>
      authority.sign({ subject, publicKey, purpose: 'client', days: lifetimes.admin }),
    kubeconfig: (names) => kubeconfig({ ...names, ca, cert: admin.certificate, key: admin.key }),
    stop: () => server.stop(),
  };
}

function adminPair(dir: string, authority: Authority, days: number): Promise<CertifiedKey> {
  const subject = { commonName: 'coracle-admin', organizations: [mastersGroup] };
  return pairIn(dir, 'admin', {
    stillGood: (certificate) => authority.isFresh(certificate),
    issue: (key) => authority.sign({ subject, publicKey: createPublicKey(key), purpose: 'client', days }),
  });
}

function brokerPair(dir: string, authority: Authority, hosts: readonly string[]): Promise<CertifiedKey> {
  const subject = { commonName: 'coracle-broker', organizations: [] };
  const days = authority.daysLeft();
  return pairIn(dir, 'broker', {
    stillGood: (certificate) => authority.isFresh(certificate, hosts),
    issue: (key) => authority.sign({ subject, publicKey: createPublicKey(key), purpose: 'server', days, hosts }),
  });
}
