/** httpGet probes: any status from 200 to 399 is a success. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HTTPGetAction } from '../../hub/api/container.ts';
import { kubernetesVersion } from '../../hub/api/version.ts';
import type { ProbeOutcome } from './probe.ts';

/** Asks once. `timeout` is in milliseconds. */
export function probeHttp(action: HTTPGetAction, address: string, timeout: number): Promise<ProbeOutcome> {
  const { host = address, path = '/', port, scheme = 'HTTP', httpHeaders = [] } = action;
  const headers: Record<string, string> = {
    'user-agent': `kube-probe/${kubernetesVersion.major}.${kubernetesVersion.minor}`,
    accept: '*/*',
  };
  for (const { name, value } of httpHeaders) headers[name.toLowerCase()] = value;
  const request = scheme.toUpperCase() === 'HTTPS' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    // API: the certificate of an HTTPS probe is not checked
    const options = {
      host,
      port,
      path: path.startsWith('/') ? path : `/${path}`,
      headers,
      rejectUnauthorized: false,
      agent: false,
    } as const;
    const asked = request(options, (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      asked.destroy();
      resolve({ ok: status >= 200 && status < 400, message: `HTTP probe failed with statuscode: ${status}` });
    });
    asked.setTimeout(timeout, () =>
      asked.destroy(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
    );
    asked.once('error', (error) =>
      resolve({ ok: false, message: `Get "${scheme.toLowerCase()}://${host}:${port}${path}": ${error.message}` }),
    );
    asked.end();
  });
}
