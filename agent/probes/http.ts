/** httpGet probes: any status from 200 to 399 is a success. */
import type { HTTPGetAction } from '../../hub/api/container.ts';
import { kubernetesVersion } from '../../hub/api/version.ts';
import { askContainer, type HttpAnswer, headersOf, urlOf } from './http-exchange.ts';
import type { ProbeOutcome } from './probe.ts';

/** API: as many redirects as Go's client follows. */
const redirectLimit = 10;

/** Asks once, and follows redirects that stay with the host. `timeout` is in milliseconds. */
export async function probeHttp(action: HTTPGetAction, address: string, timeout: number): Promise<ProbeOutcome> {
  const { host, path = '/', port, scheme = 'HTTP', httpHeaders } = action;
  const agent = `kube-probe/${kubernetesVersion.major}.${kubernetesVersion.minor}`;
  const headers = headersOf(agent, httpHeaders);
  const signal = AbortSignal.timeout(timeout);
  let url = urlOf({ scheme, host: host === undefined || host === '' ? address : host, port: Number(port), path });
  const first = url.hostname;
  for (let followed = 0; ; followed++) {
    const answer = await askContainer({ url, headers, signal });
    const next = redirectOf(answer, url);
    if (next === undefined) return outcomeOf(answer);
    // API: another host is not the container's business; the redirect itself is a success
    if (next.hostname !== first)
      return { ok: true, message: '', warning: `Probe terminated redirects, Response body: ${answer.body}` };
    if (followed >= redirectLimit)
      return { ok: false, message: `Get "${next.href}": stopped after ${redirectLimit} redirects` };
    url = next;
  }
}

function redirectOf({ status, location }: HttpAnswer, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.parse(location, from.href) ?? undefined;
}

function outcomeOf({ status }: HttpAnswer): ProbeOutcome {
  if (status >= 200 && status < 400) return { ok: true, message: '' };
  return { ok: false, message: `HTTP probe failed with statuscode: ${status}` };
}
