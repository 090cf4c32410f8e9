/** The sample API server as a program of its own, for a Pod: files and the hub by its environment, the ServiceAccount as mounted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveSample } from './sample-api-server.ts';

const { PORT = '', TLS_CERT = '', TLS_KEY = '', HUB_URL = '' } = process.env;
const volume = Object.keys(process.env).find((name) => name.startsWith('CORACLE_VOLUME_KUBE_API_ACCESS'));
const account = process.env[volume ?? ''] ?? '/var/run/secrets/kubernetes.io/serviceaccount';

await serveSample({
  port: Number(PORT),
  cert: readFileSync(TLS_CERT, 'utf8'),
  key: readFileSync(TLS_KEY, 'utf8'),
  hub: {
    url: HUB_URL,
    ca: readFileSync(join(account, 'ca.crt'), 'utf8'),
    token: readFileSync(join(account, 'token'), 'utf8'),
  },
});
