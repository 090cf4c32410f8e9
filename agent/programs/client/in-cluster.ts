/** How a program in a Pod reaches the API: the address in its environment, the ServiceAccount's files beside it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the API is and who asks. */
export interface Access {
  readonly host: string;
  readonly port: number;
  /** PEM of the CA the API's certificate is checked with. */
  readonly ca: Buffer;
  /** The Pod's own namespace. */
  readonly namespace: string;
  /** The token as it is now: the agent renews it. Rejects while there is none. */
  readonly token: () => Promise<string>;
}

/** Where containers find the files. */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the variable of the token's volume begins with in a host process, which sees no mounts. */
const volumeVariable = 'CORACLE_VOLUME_KUBE_API_ACCESS_';

/** Reads the environment of a Pod; rejects with one sentence outside of one. */
export async function inCluster(environment: NodeJS.ProcessEnv = process.env): Promise<Access> {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = Number(environment['KUBERNETES_SERVICE_PORT']);
  if (host === '' || !Number.isInteger(port))
    throw new Error('this program runs in a Pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set');
  const variable = Object.keys(environment).find((name) => name.startsWith(volumeVariable));
  const directory = (variable === undefined ? undefined : environment[variable]) ?? mounted;
  const [ca, namespace] = await Promise.all([
    readFile(join(directory, 'ca.crt')),
    readFile(join(directory, 'namespace'), 'utf8'),
  ]);
  const token = async (): Promise<string> => (await readFile(join(directory, 'token'), 'utf8')).trim();
  return { host, port, ca, namespace: namespace.trim(), token };
}
