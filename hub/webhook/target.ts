/** Where a webhook is: a URL, or a Service of the cluster by way of one of its ready endpoints. */
import { ApiError } from '../api/errors.ts';
import { type EndpointSlice, serviceNameLabel } from '../api/endpoint-slice.ts';
import { endpointSlices, services } from '../api/resource.ts';
import type { Service } from '../api/service.ts';
import type { WebhookClientConfig } from '../api/webhook.ts';
import type { Registry } from '../registry/registry.ts';

/** What to connect to, and whom to expect there. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The name its certificate must have. */
  readonly serverName: string;
  /** PEM; undefined: whom this machine trusts. */
  readonly ca: string | undefined;
}

const httpsPort = 443;

/** What is looked up of the cluster. */
export type ServiceReader = Pick<Registry, 'get' | 'list' | 'entries'>;

type ServiceReference = NonNullable<WebhookClientConfig['service']>;

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Ready endpoints of a Service behind one of its ports, by the name of that port. */
function endpointsOf(reader: ServiceReader, service: Service, portName: string): Place[] {
  const { name = '', namespace = '' } = service.metadata;
  const places: Place[] = [];
  for (const entry of reader.entries(endpointSlices, namespace)) {
    if (entry.labels[serviceNameLabel] !== name) continue;
    const slice = entry.object<EndpointSlice>();
    const port = slice.ports?.find((one) => (one.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      if (conditions?.ready === false) continue;
      for (const host of addresses) places.push({ host, port });
    }
  }
  return places;
}

function unavailable(why: string): ApiError {
  return new ApiError('ServiceUnavailable', why);
}

function placeOf(reader: ServiceReader, reference: ServiceReference, random: number): Place {
  const { name, namespace, port = httpsPort } = reference;
  const service = reader.get(services, namespace, name)?.object<Service>();
  if (service === undefined) throw unavailable(`service ${JSON.stringify(name)} not found`);
  if (service.spec.type === 'ExternalName') return { host: service.spec.externalName ?? '', port };
  const found = service.spec.ports?.find((one) => one.port === port);
  if (found === undefined) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const places = endpointsOf(reader, service, found.name ?? '');
  const place = places[Math.floor(random * places.length)];
  if (place === undefined) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return place;
}

const pathOf = (service: ServiceReference): string => service.path ?? '/';

/** Where a webhook is called, as errors show it. */
export function urlOf({ service, url = '' }: WebhookClientConfig): string {
  if (service === undefined) return url;
  return `https://${service.name}.${service.namespace}.svc:${service.port ?? httpsPort}${pathOf(service)}`;
}

/** Finds a webhook. `random` in [0, 1) chooses among endpoints. Throws ServiceUnavailable when there is nothing to connect to. */
export function targetOf(reader: ServiceReader, config: WebhookClientConfig, random: number): Target {
  const ca = config.caBundle ? Buffer.from(config.caBundle, 'base64').toString('utf8') : undefined;
  const { service, url = '' } = config;
  if (service === undefined) {
    const parsed = new URL(url);
    const host = parsed.hostname.replace(/^\[|\]$/g, '');
    return { host, port: Number(parsed.port || httpsPort), path: parsed.pathname, serverName: host, ca };
  }
  const serverName = `${service.name}.${service.namespace}.svc`;
  return { ...placeOf(reader, service, random), path: pathOf(service), serverName, ca };
}
