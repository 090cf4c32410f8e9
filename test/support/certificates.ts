/** Certificates for tests: a fresh CA, server certificates and node identities, as the hub would issue them. */
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { nodesGroup, nodeUserName } from '../../hub/api/user.ts';

/** One identity, PEM. */
export interface Identity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A test's certificate authority. */
export interface TestAuthority {
  readonly ca: string;
  /** For `localhost`, 127.0.0.1 and `names`, usable as server and as client; the chain shows the CA. */
  server(commonName?: string, names?: readonly string[]): Promise<Identity>;
  /** CN `system:node:<name>`, O `system:nodes`, client only. */
  node(name: string): Promise<Identity>;
  /** Any client subject. */
  client(subject: string): Promise<Identity>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

function pem(label: string, data: ArrayBuffer): string {
  const body = Buffer.from(data)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd();
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

async function keys(): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
}

async function keyPem(key: CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', key));
}

type CryptoKey = Parameters<typeof crypto.subtle.exportKey>[1];
type CryptoKeyPair = { publicKey: CryptoKey; privateKey: CryptoKey };

const usage = KeyUsageFlags.digitalSignature;

/** Makes a CA that lives in memory. */
export async function createTestAuthority(): Promise<TestAuthority> {
  const authority = await keys();
  const from = new Date(Date.now() - 60_000);
  const until = new Date(Date.now() + 86_400_000);
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test-ca',
    notBefore: from,
    notAfter: until,
    keys: authority,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const ca = root.toString('pem');
  let serial = 1;

  async function issue(subject: string, extensions: (ExtendedKeyUsageExtension | SubjectAlternativeNameExtension)[]) {
    const pair = await keys();
    serial++;
    const certificate: X509Certificate = await X509CertificateGenerator.create({
      serialNumber: serial.toString(16).padStart(8, '0'),
      subject,
      issuer: root.subject,
      notBefore: from,
      notAfter: until,
      publicKey: pair.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: algorithm,
      extensions: [new KeyUsagesExtension(usage, true), ...extensions],
    });
    return { ca, cert: certificate.toString('pem'), key: await keyPem(pair.privateKey) };
  }
  const clientOnly = [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])];
  return {
    ca,
    server: async (commonName = 'coracle-hub', names = []) => {
      const identity = await issue(`CN=${commonName}`, [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: 'dns' as const, value })),
          { type: 'dns', value: 'localhost' },
          { type: 'dns', value: 'coracle-hub' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
      ]);
      return { ...identity, cert: `${identity.cert}\n${ca}` };
    },
    node: (name) => issue(`CN=${nodeUserName(name)}, O=${nodesGroup}`, clientOnly),
    client: (subject) => issue(subject, clientOnly),
  };
}
