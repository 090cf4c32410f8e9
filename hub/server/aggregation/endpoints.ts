/** Where the server of an APIService listens: the ready endpoints of its Service. */
import { ApiError } from '../../api/errors.ts';
import { type EndpointSlice, serviceNameLabel } from '../../api/endpoint-slice.ts';
import { endpointSlices, pods, services } from '../../api/resource.ts';
import type { Service } from '../../api/service.ts';
import type { Registry } from '../../registry/registry.ts';
import type { PortOwner } from '../proxy/node-ports.ts';
import type { RemoteApi } from './remote-apis.ts';

/** One place to connect to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The Pod that listens there, reached through its node; undefined: reached by its address. */
  readonly owner: PortOwner | undefined;
}

type Reader = Pick<Registry, 'get' | 'entries'>;

function unavailable(why: string): ApiError {
  return new ApiError('ServiceUnavailable', why);
}

/** All of them. Throws ServiceUnavailable when there is none. */
export function endpointsOf(reader: Reader, { service }: RemoteApi): Endpoint[] {
  const { namespace, name, port } = service;
  const found = reader.get(services, namespace, name)?.object<Service>();
  if (found === undefined) throw unavailable(`service ${JSON.stringify(name)} not found`);
  if (found.spec.type === 'ExternalName') return [{ host: found.spec.externalName ?? '', port, owner: undefined }];
  const servicePort = found.spec.ports?.find((one) => one.port === port);
  if (servicePort === undefined) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const endpoints = [...readyEndpoints(reader, namespace, name, servicePort.name ?? '')];
  if (endpoints.length === 0) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return endpoints;
}

function* readyEndpoints(reader: Reader, namespace: string, service: string, portName: string): Iterable<Endpoint> {
  for (const entry of reader.entries(endpointSlices, namespace)) {
    if (entry.labels[serviceNameLabel] !== service) continue;
    const slice = entry.object<EndpointSlice>();
    const port = slice.ports?.find((one) => (one.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, targetRef } of slice.endpoints ?? []) {
      if (conditions?.ready === false) continue;
      const owner = targetRef?.kind === 'Pod' ? ownerOf(reader, namespace, targetRef.name ?? '') : undefined;
      for (const host of addresses) yield { host, port, owner };
    }
  }
}

function ownerOf(reader: Reader, namespace: string, name: string): PortOwner | undefined {
  const entry = reader.get(pods, namespace, name);
  return entry?.node === undefined ? undefined : { node: entry.node, namespace, pod: name, uid: entry.uid };
}
