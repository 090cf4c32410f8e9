/** The certificates on the disk of hub and node. */
import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataDir } from '../../../hub/base/data-dir.ts';
import type { CertificateFact } from './facts.ts';

/** Certificates of the front proxy have a CA of their own. */
const ownCa = /^front-proxy/;

/** All of them: those in the hub's pki, the administrator's, the node's. */
export async function gatherCertificates(dir: DataDir): Promise<CertificateFact[]> {
  const names = (await readdir(dir.hub.pki).catch(() => [])).filter((name) => name.endsWith('.crt')).toSorted();
  const ca = await readFile(join(dir.hub.pki, 'ca.crt'), 'utf8').catch(() => undefined);
  const hub = await Promise.all(
    names.map(async (name) => {
      const file = join(dir.hub.pki, name);
      const own = name.slice(0, -'.crt'.length);
      const judgedBy = own === 'ca' || ownCa.test(own) ? undefined : ca;
      return certificate(`the hub's ${own} certificate`, file, await readFile(file, 'utf8'), judgedBy);
    }),
  );
  return [...hub, ...(await administrator(dir, ca)), ...(await node(dir))];
}

async function administrator(dir: DataDir, ca: string | undefined): Promise<CertificateFact[]> {
  const text = await readFile(dir.kubeconfig, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const encoded = /client-certificate-data"?: *"?([^"\s,]+)/.exec(text)?.[1] ?? '';
  return [certificate('the kubeconfig', dir.kubeconfig, Buffer.from(encoded, 'base64').toString(), ca)];
}

async function node(dir: DataDir): Promise<CertificateFact[]> {
  const file = join(dir.agent.pki, 'node.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const name = "the node's certificate";
  try {
    const facts = JSON.parse(text) as { certificate: string; ca: string };
    return [certificate(name, file, facts.certificate, facts.ca)];
  } catch (error) {
    return [{ name, file, trouble: (error as Error).message }];
  }
}

function certificate(name: string, file: string, pem: string, ca: string | undefined): CertificateFact {
  try {
    const read = new X509Certificate(pem);
    const isOfCa = ca === undefined ? undefined : read.verify(new X509Certificate(ca).publicKey);
    return {
      ...{ name, file, begin: read.validFromDate.getTime(), end: read.validToDate.getTime() },
      ...(isOfCa === undefined ? {} : { isOfCa }),
    };
  } catch (error) {
    return { name, file, trouble: (error as Error).message };
  }
}
