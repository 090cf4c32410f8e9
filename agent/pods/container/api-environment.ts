/** The variables in which every client library looks for the API. Pure. */
import type { Service } from '../../../hub/api/service.ts';
import { serviceVariables } from './environment.ts';

/** The API behind its Service, as a kubelet tells it in every namespace. */
export const serviceEnvironment = (service: Service): Record<string, string> => serviceVariables(service);

/** The API where it really is. */
export function hubEnvironment(host: string, port: number): Record<string, string> {
  return {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
    KUBERNETES_PORT: `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
}

/** A hub on this very machine, as containers reach it: in a network of their own, the loopback is theirs. */
export function nearHost(host: string, addresses: readonly string[]): string {
  return /^(127\.|::1$|localhost$)/.test(host) ? (addresses[0] ?? host) : host;
}
